import { ATTEMPTS_MAX, DEADLINE_MS, WAIT_FIRST_MS, WAIT_MAX_MS } from '../limits.ts'
import { PHASE } from './attempts.ts'
import { GIVES_UP, NOBODY } from './policy.ts'
import { EVENT, type Stage } from './stage.ts'

const NONE: readonly number[] = []

/** The callers' end of each call: whom it asks, one after the other or two at once, until there is an answer or no time is left. */
export class Calling {
  /** Calls under way. */
  live = 0
  private readonly stage: Stage
  /** Whom each call asked in this round, where it asked anybody. */
  private readonly tried = new Map<number, number[]>()
  private readonly rounds = new Map<number, number>()
  /** Of each call the first copy that is under way, and of few a second. */
  private readonly first: Int32Array
  private readonly second = new Map<number, number>()
  /** When a second copy is due, in ms. */
  private readonly hedgeAt = new Map<number, number>()
  /** Copies under way, by call. */
  private readonly copies: Uint8Array

  constructor(stage: Stage) {
    this.stage = stage
    this.copies = new Uint8Array(stage.calls.count)
    this.first = new Int32Array(stage.calls.count)
  }

  open(call: number, now: number): void {
    this.live++
    this.ask(call, now, false)
  }

  ask(call: number, now: number, again: boolean): void {
    const tried = this.tried.get(call) ?? NONE
    if (tried.length >= ATTEMPTS_MAX) return this.wait(call, now)
    const runner = this.stage.policy.choose(call, tried, now, again)
    if (runner === GIVES_UP) return this.lost(call)
    if (runner === NOBODY) return this.wait(call, now, this.stage.policy.retryAfterMs?.())
    const hedgeMs = this.stage.policy.hedgeAfterMs?.()
    this.send(call, runner, now, false, again)
    if (hedgeMs === undefined) return
    this.hedgeAt.set(call, now + hedgeMs)
    this.stage.push(now + hedgeMs, EVENT.HEDGES, call)
  }

  private send(call: number, runner: number, now: number, hedge: boolean, again: boolean): void {
    const { attempts } = this.stage.machines
    const id = attempts.take(call, runner, now, hedge)
    if (hedge) this.second.set(call, id)
    else this.first[call] = id
    const tried = this.tried.get(call)
    if (tried === undefined) this.tried.set(call, [runner])
    else tried.push(runner)
    this.copies[call] = (this.copies[call] ?? 0) + 1
    this.stage.outcome.sent(call, hedge)
    this.stage.policy.sent?.(id, now, again)
    this.stage.pushFor(id, now + this.stage.wayMs(call, runner), EVENT.ARRIVES)
  }

  returns(id: number, now: number): void {
    const { attempts } = this.stage.machines
    const call = attempts.call[id] ?? 0
    if (attempts.cancelled[id] === 0) {
      this.copies[call] = (this.copies[call] ?? 0) - 1
      if (attempts.phase[id] === PHASE.REFUSED) {
        this.stage.outcome.refused(call)
        this.stage.policy.refused?.(id, now)
        if (this.copies[call] === 0) this.ask(call, now, false)
      } else {
        const right = this.stage.policy.answered?.(id, now) ?? true
        if (right) this.settle(call, id, now)
        else if (this.copies[call] === 0) this.ask(call, now, true)
      }
    }
    attempts.drop(id)
  }

  private settle(call: number, winner: number, now: number): void {
    const { attempts } = this.stage.machines
    if ((this.copies[call] ?? 0) > 0) this.callOff(call, winner, now)
    const runner = attempts.runner[winner] ?? 0
    this.stage.outcome.answered(call, now - (this.stage.calls.at[call] ?? 0), runner, {
      wayMs: 2 * this.stage.wayMs(call, runner),
      queueMs: (attempts.startedAt[winner] ?? 0) - (attempts.arrivedAt[winner] ?? 0),
      coldMs: (attempts.fetchMs[winner] ?? 0) + (attempts.startMs[winner] ?? 0),
      runMs: attempts.runMs[winner] ?? 0,
    })
    this.close(call)
  }

  /** This copy was first: the other is called off. */
  private callOff(call: number, winner: number, now: number): void {
    const { attempts } = this.stage.machines
    const first = this.first[call] ?? 0
    const other = first === winner ? this.second.get(call) : first
    if (other === undefined) return
    attempts.cancelled[other] = 1
    this.copies[call] = (this.copies[call] ?? 0) - 1
    this.stage.policy.cancelled?.(other, now)
    this.stage.pushFor(other, now + this.stage.wayMs(call, attempts.runner[other] ?? 0), EVENT.CANCELS)
  }

  hedges(call: number, now: number): void {
    if (this.hedgeAt.get(call) !== now || this.copies[call] !== 1) return
    const runner = this.stage.policy.second?.(call, this.tried.get(call) ?? NONE, now) ?? NOBODY
    if (runner !== NOBODY) this.send(call, runner, now, true, false)
  }

  private wait(call: number, now: number, ms?: number): void {
    const round = this.rounds.get(call) ?? 0
    const until = now + Math.max(ms ?? 0, Math.min(WAIT_MAX_MS, WAIT_FIRST_MS * 2 ** round))
    if (until - (this.stage.calls.at[call] ?? 0) >= DEADLINE_MS) return this.lost(call)
    this.rounds.set(call, round + 1)
    this.tried.delete(call)
    this.stage.push(until, EVENT.ASKS, call)
  }

  /** Nothing came of it in time. */
  expires(id: number, now: number): void {
    const { attempts } = this.stage.machines
    const call = attempts.call[id] ?? 0
    const waits = attempts.phase[id] === PHASE.QUEUED || attempts.phase[id] === PHASE.RUNNING
    if (waits && attempts.cancelled[id] === 0 && !this.stage.outcome.settled(call)) {
      attempts.cancelled[id] = 1
      this.copies[call] = (this.copies[call] ?? 0) - 1
      this.stage.policy.failed?.(id, now, 'timeout')
      this.stage.pushFor(id, now + this.stage.wayMs(call, attempts.runner[id] ?? 0), EVENT.CANCELS)
      if ((this.copies[call] ?? 0) > 0) this.callOff(call, id, now)
      this.lost(call)
    }
    attempts.drop(id)
  }

  fails(id: number, now: number): void {
    const { attempts } = this.stage.machines
    const call = attempts.call[id] ?? 0
    if (attempts.cancelled[id] === 0) {
      this.copies[call] = (this.copies[call] ?? 0) - 1
      this.stage.policy.failed?.(id, now, 'link-lost')
      if (this.copies[call] === 0) {
        // What may have run is repeated only where it may run twice.
        if (this.stage.world.functions.repeatable[this.stage.calls.fn[call] ?? 0] === 1) this.ask(call, now, true)
        else this.lost(call)
      }
    }
    attempts.drop(id)
  }

  private lost(call: number): void {
    this.stage.outcome.lost(call)
    this.close(call)
  }

  private close(call: number): void {
    this.tried.delete(call)
    this.rounds.delete(call)
    this.second.delete(call)
    this.hedgeAt.delete(call)
    this.live--
  }
}
