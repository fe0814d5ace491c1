import type { CID } from '@hither/core'

/**
 * What an index knows a CID by. A CID makes its text letter by letter, and V8 keeps every step of that for as long as the text is kept
 * and nobody looks into it: 1.5 KB in place of some 60 bytes.
 */
export function keyOf({ bytes }: CID): string {
  return String.fromCharCode(...bytes)
}

/** Its text, in one piece. */
export function textOf(cid: CID): string {
  return Buffer.from(cid.toString(), 'latin1').toString('latin1')
}
