import type { CID } from '@hither/core'

/**
 * What an index knows a CID by. A CID makes its text letter by letter, and V8 keeps every step of that for as long as the text is kept
 * and nobody looks into it: 1.5 KB in place of some 60 bytes.
 */
export function keyOf(cid: CID): string {
  const place = (cid.bytes.at(-1) ?? 0) % RECENT
  const known = recent[place]
  if (known?.cid === cid) return known.key
  const key = String.fromCharCode(...cid.bytes)
  recent[place] = { cid, key }
  return key
}

/** Those that were asked for last: of the function that is called, at each call. */
const RECENT = 256
const recent: ({ cid: CID; key: string } | undefined)[] = Array.from({ length: RECENT })

/** Its text, in one piece. */
export function textOf(cid: CID): string {
  return Buffer.from(cid.toString(), 'latin1').toString('latin1')
}
