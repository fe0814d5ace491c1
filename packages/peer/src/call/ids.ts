import { randomBytes } from 'node:crypto'
import { CALL_ID_BYTES } from '../limits/calls.ts'

/** Asking the kernel takes as long for as many as for one. */
const AT_ONCE = 128

/** Gives a new id for each call. */
export function callIds(): () => string {
  let bytes: Buffer = Buffer.alloc(0)
  let at = 0
  return () => {
    if (at === bytes.length) {
      bytes = randomBytes(AT_ONCE * CALL_ID_BYTES)
      at = 0
    }
    at += CALL_ID_BYTES
    return bytes.toString('hex', at - CALL_ID_BYTES, at)
  }
}
