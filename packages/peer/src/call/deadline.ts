import { CALL_DEFAULT_MS, CALL_MAX_MS, HitherError, type Clock } from '@hither/core'

/** Until when a call may go on. */
export interface Deadline {
  /** By the clock given: what runners are told is left. */
  readonly endsAt: number
  /** Fires at the end, or when the caller gives up. */
  readonly signal: AbortSignal
  /** What the function may take, which holds where the caller named no deadline. */
  allow(wallMs: number): void
  /** The answer has begun. */
  begun(): void
  /** The call is over. */
  stop(): void
}

export interface DeadlineInit {
  /** What the caller named. */
  deadlineMs?: number | undefined
  signal?: AbortSignal | undefined
  now: Clock
}

/**
 * A deadline that the caller names holds to the answer's last byte. Else the function's own limit does, which its runner
 * enforces: a stream of events may go on for as long as its author said, though this peer may not know yet how long that is. A
 * runner that does not even begin within CALL_DEFAULT_MS is not waited for then. Throws `usage`.
 */
export function deadline({ deadlineMs, signal, now }: DeadlineInit): Deadline {
  if (deadlineMs !== undefined && !(deadlineMs > 0)) {
    throw new HitherError('usage', `a deadline of ${deadlineMs} ms has passed before the call began`)
  }
  const startedAt = now()
  const controller = new AbortController()
  const timeUp = (): void => controller.abort(new HitherError('timeout', 'the deadline passed'))
  const giveUp = (): void => controller.abort(signal?.reason)
  let endsAt = startedAt + Math.min(deadlineMs ?? CALL_MAX_MS, CALL_MAX_MS)
  let timer: NodeJS.Timeout | undefined
  let ringsAt: number | undefined
  const ringAt = (moment: number): void => {
    if (moment === ringsAt) return
    ringsAt = moment
    clearTimeout(timer)
    timer = setTimeout(timeUp, Math.max(0, Math.ceil(moment - now())))
  }
  ringAt(deadlineMs === undefined ? startedAt + CALL_DEFAULT_MS : endsAt)
  if (signal?.aborted === true) giveUp()
  signal?.addEventListener('abort', giveUp, { once: true })
  return {
    get endsAt() {
      return endsAt
    },
    signal: controller.signal,
    allow(wallMs) {
      if (deadlineMs !== undefined) return
      endsAt = startedAt + Math.min(wallMs, CALL_MAX_MS)
      ringAt(endsAt)
    },
    begun() {
      if (deadlineMs === undefined) ringAt(endsAt)
    },
    stop() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
    },
  }
}
