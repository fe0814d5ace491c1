import { CALL_DEFAULT_MS, CALL_MAX_MS, FleetingSet, HitherError, type Clock } from '@hither/core'
import type { Timers } from '../timers.ts'

/** Until when a call may go on. */
export interface Deadline {
  /** By the clock given: what runners are told is left. */
  readonly endsAt: number
  /** Fires at the end, or when the caller gives up. */
  readonly signal: AbortSignal
  /** What the function may take, which holds where the caller named no deadline. */
  allow(wallMs: number): void
  /** The answer has begun, and its rest is to come. */
  begun(): void
  /** The call is over. */
  stop(): void
}

interface DeadlineInit {
  /** What the caller named. */
  deadlineMs?: number | undefined
  signal?: AbortSignal | undefined
  /** By the same clock. */
  startedAt: number
}

/** The deadlines of a peer's calls. They share a timer, which is set to the first: nearly all calls are over long before. */
export interface Deadlines {
  /**
   * A deadline that the caller names holds to the answer's last byte. Else the function's own limit does, which its runner
   * enforces: a stream of events may go on for as long as its author said, though this peer may not know yet how long that is. A
   * runner that does not even begin within CALL_DEFAULT_MS is not waited for then. Throws `usage`.
   */
  begin(init: DeadlineInit): Deadline
}

export function deadlines(timers: Timers, now: Clock): Deadlines {
  return new SharedTimer(timers, now)
}

class SharedTimer implements Deadlines {
  readonly now: Clock
  private readonly timers: Timers
  private readonly open = new FleetingSet<CallDeadline>()
  /** When the timer rings: no later than the first of them. */
  private ringsAt = Infinity
  private callOff = (): void => {}

  constructor(timers: Timers, now: Clock) {
    this.timers = timers
    this.now = now
  }

  begin({ deadlineMs, signal, startedAt }: DeadlineInit): Deadline {
    if (deadlineMs !== undefined && !(deadlineMs > 0)) {
      throw new HitherError('usage', `a deadline of ${deadlineMs} ms has passed before the call began`)
    }
    const deadline = new CallDeadline(deadlineMs, signal, startedAt, this)
    this.open.add(deadline)
    this.expect(deadline)
    return deadline
  }

  expect({ ringsAt }: CallDeadline): void {
    if (ringsAt >= this.ringsAt) return
    this.callOff()
    this.ringsAt = ringsAt
    this.callOff = this.timers.after(Math.max(0, Math.ceil(ringsAt - this.now())), this.ring)
  }

  over(deadline: CallDeadline): void {
    this.open.delete(deadline)
  }

  private readonly ring = (): void => {
    // Timers may ring a little early.
    const at = Math.max(this.ringsAt, this.now())
    this.ringsAt = Infinity
    for (const one of this.open) {
      // What one of them set off may have ended it.
      if (!this.open.has(one)) continue
      if (one.ringsAt <= at) one.timeUp()
      else this.expect(one)
    }
  }
}

class CallDeadline implements Deadline {
  endsAt: number
  ringsAt: number
  private readonly shared: SharedTimer
  private readonly named: boolean
  private readonly given: AbortSignal | undefined
  private readonly startedAt: number
  private readonly controller = new AbortController()

  constructor(deadlineMs: number | undefined, given: AbortSignal | undefined, startedAt: number, shared: SharedTimer) {
    this.named = deadlineMs !== undefined
    this.given = given
    this.shared = shared
    this.startedAt = startedAt
    this.endsAt = this.startedAt + Math.min(deadlineMs ?? CALL_MAX_MS, CALL_MAX_MS)
    this.ringsAt = this.named ? this.endsAt : this.startedAt + CALL_DEFAULT_MS
    if (given?.aborted === true) this.giveUp()
    given?.addEventListener('abort', this.giveUp, { once: true })
  }

  get signal(): AbortSignal {
    return this.controller.signal
  }

  allow(wallMs: number): void {
    if (this.named) return
    this.endsAt = this.startedAt + Math.min(wallMs, CALL_MAX_MS)
    this.ringAtEnd()
  }

  begun(): void {
    if (!this.named) this.ringAtEnd()
  }

  stop(): void {
    this.shared.over(this)
    this.given?.removeEventListener('abort', this.giveUp)
  }

  timeUp(): void {
    this.shared.over(this)
    this.controller.abort(new HitherError('timeout', 'the deadline passed'))
  }

  private readonly giveUp = (): void => this.controller.abort(this.given?.reason)

  private ringAtEnd(): void {
    this.ringsAt = this.endsAt
    this.shared.expect(this)
  }
}
