import { randomFillSync } from 'node:crypto'
import { CALL_ID_BYTES } from './limits.ts'

/** Random bytes are fetched for so many ids at once: for each by itself they cost some 20 µs. */
const IDS_AT_ONCE = 512

const random = Buffer.alloc(IDS_AT_ONCE * CALL_ID_BYTES)
let at = random.length

/** A new call's id, that nobody can guess. */
export function callId(): string {
  if (at === random.length) {
    randomFillSync(random)
    at = 0
  }
  return random.toString('hex', at, (at += CALL_ID_BYTES))
}
