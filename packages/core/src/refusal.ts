import { readError } from './call.ts'
import { decodeMessage, encodeMessage } from './codec.ts'
import { HitherError, type ErrorCode, type WireError } from './errors.ts'
import { CALL_MAX_MS, FRAME_MAX_BYTES } from './limits.ts'
import { Packer, Unpacker } from './packed.ts'

interface Words {
  code: ErrorCode
  message: string
  why?: string
  fix?: string
}

const ELSEWHERE = 'call another runner, or this one again later'

/** What runners under load say again and again. */
type Usual = 'full' | 'crowdedOut' | 'notVolunteering' | 'stopping'

/** Both sides know the words, so that only their number has to travel. */
const USUAL: Record<Usual, Words> = {
  full: { code: 'busy', message: 'every slot and queue place of the runner is taken', fix: ELSEWHERE },
  crowdedOut: { code: 'busy', message: 'every process of the runner has calls of other publishers', fix: ELSEWHERE },
  notVolunteering: {
    code: 'not-volunteering',
    message: 'this peer does not take work now',
    // Whether somebody sits at the machine is nobody's business.
    why: 'its owner needs the machine; nothing of the call has run',
  },
  stopping: { code: 'draining', message: 'the runner is shutting down' },
}

/** By their numbers, from 1 up: 0 is for all others, which bring their words. */
const NUMBERED: readonly Words[] = Object.values(USUAL)

/** A runner's no in the words that both sides know. `retryAfterMs`: when it may have a place, where it can tell. */
export function usualRefusal(which: Usual, retryAfterMs?: number): HitherError {
  return refusalOf(USUAL[which], retryAfterMs)
}

/** Nothing is written while something else is. */
const to = new Packer()

/** A runner's no, before anything ran: three or four bytes for a usual one. What follows it in a message is not touched. */
export function encodeRefusal(error: WireError): Uint8Array<ArrayBuffer> {
  const number = 1 + NUMBERED.findIndex((words) => says(error, words))
  if (number > 0) return to.begin().count(number).count(afterOf(error)).packed()
  const words = encodeMessage(error)
  return to.begin().count(0).count(words.length).raw(words).packed()
}

/** With what follows it. Throws `bad-message`. */
export function decodeRefusal(bytes: Uint8Array): { error: WireError; rest: Uint8Array } {
  const from = new Unpacker(bytes, 'the refusal')
  const number = from.count(NUMBERED.length)
  const words = NUMBERED[number - 1]
  if (words === undefined) {
    const error = readError(decodeMessage(from.raw(from.count(FRAME_MAX_BYTES))))
    return { error, rest: from.rest() }
  }
  const after = from.count(1 + CALL_MAX_MS)
  return { error: refusalOf(words, after === 0 ? undefined : after - 1).toWire(), rest: from.rest() }
}

function refusalOf({ code, message, why, fix }: Words, retryAfterMs: number | undefined): HitherError {
  return new HitherError(code, message, {
    ...(why !== undefined && { why }),
    ...(fix !== undefined && { fix }),
    ...(retryAfterMs !== undefined && { data: { retryAfterMs } }),
  })
}

/** Whether these are all that it says, but for when to come again. */
function says(error: WireError, { code, message, why, fix }: Words): boolean {
  const { data } = error
  const same = error.code === code && error.message === message && error.why === why && error.fix === fix
  return same && (data === undefined || (Object.keys(data).length === 1 && isTime(data['retryAfterMs'])))
}

function isTime(ms: unknown): ms is number {
  return typeof ms === 'number' && ms >= 0 && ms <= CALL_MAX_MS
}

/** One more than the ms, rounded up: 0 says that it cannot tell. */
function afterOf({ data }: WireError): number {
  const ms = data?.['retryAfterMs']
  return isTime(ms) ? 1 + Math.ceil(ms) : 0
}
