import { DOMException } from './dom-exception.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const VALUES = new Map(ALPHABET.split('').map((character, value) => [character, value]))

export function btoa(data: unknown): string {
  if (arguments.length === 0) throw new TypeError("Failed to execute 'btoa': 1 argument required")
  const text = String(data)
  let encoded = ''
  for (let at = 0; at < text.length; at += 3) {
    const [a, b, c] = [text.charCodeAt(at), text.charCodeAt(at + 1), text.charCodeAt(at + 2)]
    if (a > 255 || b > 255 || c > 255) throw invalid('The string has characters beyond Latin-1')
    const bits = (a << 16) | (b << 8) | c
    encoded += letter(bits >> 18) + letter(bits >> 12) + (at + 1 < text.length ? letter(bits >> 6) : '=')
    encoded += at + 2 < text.length ? letter(bits) : '='
  }
  return encoded
}

export function atob(data: unknown): string {
  if (arguments.length === 0) throw new TypeError("Failed to execute 'atob': 1 argument required")
  let text = String(data).replace(/[\t\n\f\r ]/g, '')
  if (text.length % 4 === 0) text = text.replace(/={1,2}$/, '')
  if (text.length % 4 === 1) throw invalid('The string is not base64')
  let decoded = ''
  let bits = 0
  let held = 0
  for (const character of text) {
    const value = VALUES.get(character)
    if (value === undefined) throw invalid('The string is not base64')
    bits = ((bits << 6) | value) & 0xff_ff
    held += 6
    if (held >= 8) {
      held -= 8
      decoded += String.fromCharCode((bits >> held) & 0xff)
    }
  }
  return decoded
}

function letter(bits: number): string {
  return ALPHABET.charAt(bits & 63)
}

function invalid(message: string): DOMException {
  return new DOMException(message, 'InvalidCharacterError')
}
