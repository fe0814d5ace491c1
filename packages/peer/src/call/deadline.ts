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
  return new CallDeadline(deadlineMs, signal, now)
}

class CallDeadline implements Deadline {
  endsAt: number
  private readonly named: boolean
  private readonly given: AbortSignal | undefined
  private readonly now: Clock
  private readonly startedAt: number
  private readonly controller = new AbortController()
  private timer: NodeJS.Timeout | undefined
  private ringsAt: number | undefined

  constructor(deadlineMs: number | undefined, given: AbortSignal | undefined, now: Clock) {
    this.named = deadlineMs !== undefined
    this.given = given
    this.now = now
    this.startedAt = now()
    this.endsAt = this.startedAt + Math.min(deadlineMs ?? CALL_MAX_MS, CALL_MAX_MS)
    this.ringAt(this.named ? this.endsAt : this.startedAt + CALL_DEFAULT_MS)
    if (given?.aborted === true) this.giveUp()
    given?.addEventListener('abort', this.giveUp, { once: true })
  }

  get signal(): AbortSignal {
    return this.controller.signal
  }

  allow(wallMs: number): void {
    if (this.named) return
    this.endsAt = this.startedAt + Math.min(wallMs, CALL_MAX_MS)
    this.ringAt(this.endsAt)
  }

  begun(): void {
    if (!this.named) this.ringAt(this.endsAt)
  }

  stop(): void {
    clearTimeout(this.timer)
    this.given?.removeEventListener('abort', this.giveUp)
  }

  private readonly giveUp = (): void => this.controller.abort(this.given?.reason)

  private readonly timeUp = (): void => this.controller.abort(new HitherError('timeout', 'the deadline passed'))

  private ringAt(moment: number): void {
    if (moment === this.ringsAt) return
    this.ringsAt = moment
    clearTimeout(this.timer)
    this.timer = setTimeout(this.timeUp, Math.max(0, Math.ceil(moment - this.now())))
  }
}
