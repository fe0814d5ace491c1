/** Texts that came last: fields, methods, URLs and who speaks are the same few in all messages. A longer one is no such word. */
const WORD_MAX_CHARS = 128
const WORDS = 512
const words: string[] = Array.from({ length: WORDS }, () => '')

const decoder = new TextDecoder('latin1')

/** The ASCII text of these bytes, without a new one where it came lately; undefined where it is none. */
export function asciiAt(bytes: Uint8Array, at: number, length: number): string | undefined {
  const end = at + length
  let sum = length
  for (let i = at; i < end; i++) {
    const code = bytes[i] ?? 0
    if (code > 0x7f) return undefined
    sum = (sum * 31 + code) | 0
  }
  if (length > WORD_MAX_CHARS) return decoder.decode(bytes.subarray(at, end))
  const place = sum & (WORDS - 1)
  const known = words[place] ?? ''
  return isAt(known, bytes, at, length) ? known : (words[place] = String.fromCharCode(...bytes.subarray(at, end)))
}

function isAt(word: string, bytes: Uint8Array, at: number, length: number): boolean {
  if (word.length !== length) return false
  for (let i = 0; i < length; i++) if (word.charCodeAt(i) !== bytes[at + i]) return false
  return true
}
