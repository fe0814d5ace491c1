import type { Calls } from '../calls.ts'
import type { Schedule } from '../schedule/schedule.ts'
import { ATTEMPTS_MAX, DEADLINE_MS, SILENCE_MS, WAIT_FIRST_MS, WAIT_MAX_MS } from '../limits.ts'
import { mix } from '../random.ts'
import type { World } from '../world/world.ts'
import { PHASE } from './attempts.ts'
import { EventHeap } from './heap.ts'
import { Machines } from './machines.ts'
import { Outcome } from './outcome.ts'
import { GIVES_UP, NOBODY, type Policy } from './policy.ts'

const ARRIVES = 0
const ENDS = 1
const RETURNS = 2
const FAILS = 3
const CANCELS = 4
const ASKS = 5
const HEDGES = 6
const PUBLISHES = 7
const HAPPENS = 8
const EXPIRES = 9

const NONE: readonly number[] = []

export interface EngineInit {
  world: World
  calls: Calls
  schedule: Schedule
  policy: Policy
  /** Between two words of a runner about itself, in ms. */
  lagMs: number
  /** Runners that never refuse. */
  endless: (runner: number) => boolean
}

/** One policy's world in virtual time: calls travel, wait, run, are refused, fail and are repeated. */
export class Engine {
  readonly machines: Machines
  readonly outcome: Outcome
  readonly world: World
  readonly calls: Calls
  readonly lagMs: number
  private readonly policy: Policy
  private readonly schedule: Schedule
  private readonly events = new EventHeap()
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
  private live = 0

  constructor({ world, calls, schedule, policy, lagMs, endless }: EngineInit) {
    this.world = world
    this.calls = calls
    this.schedule = schedule
    this.policy = policy
    this.lagMs = lagMs
    this.machines = new Machines(world, endless)
    this.outcome = new Outcome(calls.count)
    this.copies = new Uint8Array(calls.count)
    this.first = new Int32Array(calls.count)
  }

  /** Half a round trip of a call to a runner, in ms. */
  wayMs(call: number, runner: number): number {
    const { world, calls } = this
    const ms = world.rtt(calls.caller[call] ?? 0, world.runners.peer[runner] ?? 0)
    return (ms * (calls.jitter[call] ?? 1)) / 2
  }

  run(): Outcome {
    const { events, calls } = this
    this.begin()
    let opened = 0
    while (opened < calls.count || this.live > 0) {
      const at = opened < calls.count ? (calls.at[opened] ?? 0) : Infinity
      if (at <= events.next()) {
        this.live++
        this.ask(opened++, at, false)
      } else {
        events.pop()
        this.handle(events.kind, events.subject, events.at)
      }
    }
    return this.outcome
  }

  private begin(): void {
    const { world, lagMs, schedule, events } = this
    this.policy.begin?.(this)
    for (let runner = 0; runner < world.runners.count; runner++) {
      events.push((lagMs * mix(world.seed, runner, 7)) / 2 ** 32, PUBLISHES, runner)
    }
    for (const [i, { atMs }] of schedule.entries()) events.push(atMs, HAPPENS, i)
  }

  private handle(kind: number, subject: number, now: number): void {
    switch (kind) {
      case ARRIVES:
        return this.arrives(subject, now)
      case ENDS:
        return this.ends(subject, now)
      case RETURNS:
        return this.returns(subject, now)
      case FAILS:
        return this.fails(subject, now)
      case CANCELS:
        return this.cancels(subject, now)
      case ASKS:
        return this.ask(subject, now, false)
      case HEDGES:
        return this.hedges(subject, now)
      case PUBLISHES:
        if (this.machines.alive[subject] === 1) this.policy.publish?.(subject, now)
        return this.events.push(now + this.lagMs, PUBLISHES, subject)
      case HAPPENS:
        return this.happens(subject, now)
      case EXPIRES:
        this.expires(subject, now)
    }
  }

  private ask(call: number, now: number, again: boolean): void {
    const tried = this.tried.get(call) ?? NONE
    if (tried.length >= ATTEMPTS_MAX) return this.wait(call, now)
    const runner = this.policy.choose(call, tried, now, again)
    if (runner === GIVES_UP) return this.lost(call)
    if (runner === NOBODY) return this.wait(call, now, this.policy.retryAfterMs?.())
    const hedgeMs = this.policy.hedgeAfterMs?.()
    this.send(call, runner, now, false, again)
    if (hedgeMs === undefined) return
    this.hedgeAt.set(call, now + hedgeMs)
    this.events.push(now + hedgeMs, HEDGES, call)
  }

  private send(call: number, runner: number, now: number, hedge: boolean, again: boolean): void {
    const { attempts } = this.machines
    const id = attempts.take(call, runner, now, hedge)
    if (hedge) this.second.set(call, id)
    else this.first[call] = id
    const tried = this.tried.get(call)
    if (tried === undefined) this.tried.set(call, [runner])
    else tried.push(runner)
    this.copies[call] = (this.copies[call] ?? 0) + 1
    this.outcome.sent(call, hedge)
    this.policy.sent?.(id, now, again)
    this.schedules(now + this.wayMs(call, runner), ARRIVES, id)
  }

  private schedules(at: number, kind: number, id: number): void {
    this.machines.attempts.hold(id)
    this.events.push(at, kind, id)
  }

  private arrives(id: number, now: number): void {
    const { machines } = this
    const { attempts } = machines
    const runner = attempts.runner[id] ?? 0
    attempts.arrivedAt[id] = now
    if (machines.alive[runner] === 0) this.lose(id, now)
    else if (machines.hasSlot(runner)) this.start(id, now)
    else if (machines.hasPlace(runner)) {
      machines.queue(id)
      attempts.hold(id)
      machines.tellPrice(runner, now)
      // Where a queue is short, its end comes long before the deadline.
      const deadline = (this.calls.at[attempts.call[id] ?? 0] ?? 0) + DEADLINE_MS
      if (machines.isEndless(runner)) this.schedules(deadline, EXPIRES, id)
    } else {
      attempts.phase[id] = PHASE.REFUSED
      machines.prices[runner]?.refused(now)
      this.answer(id, now)
    }
    attempts.drop(id)
  }

  private start(id: number, now: number): void {
    const { machines, calls } = this
    const call = machines.attempts.call[id] ?? 0
    const endsAt = machines.start(id, calls.fn[call] ?? 0, calls.workMs[call] ?? 0, now)
    machines.tellPrice(machines.attempts.runner[id] ?? 0, now)
    this.schedules(endsAt, ENDS, id)
  }

  private answer(id: number, now: number): void {
    const { attempts } = this.machines
    this.policy.leaves?.(id, now)
    this.schedules(now + this.wayMs(attempts.call[id] ?? 0, attempts.runner[id] ?? 0), RETURNS, id)
  }

  private ends(id: number, now: number): void {
    const { attempts } = this.machines
    if (attempts.phase[id] === PHASE.RUNNING) {
      this.stop(id, now)
      attempts.phase[id] = PHASE.RAN
      this.answer(id, now)
    }
    attempts.drop(id)
  }

  /** Frees the slot, for whoever waits. */
  private stop(id: number, now: number): void {
    const { machines } = this
    this.outcome.ran(machines.attempts.call[id] ?? 0, now - (machines.attempts.startedAt[id] ?? 0))
    const next = machines.stop(id, now)
    if (next !== -1) {
      this.start(next, now)
      machines.attempts.drop(next)
    } else machines.tellPrice(machines.attempts.runner[id] ?? 0, now)
  }

  private returns(id: number, now: number): void {
    const { attempts } = this.machines
    const call = attempts.call[id] ?? 0
    if (attempts.cancelled[id] === 0) {
      this.copies[call] = (this.copies[call] ?? 0) - 1
      if (attempts.phase[id] === PHASE.REFUSED) {
        this.outcome.refused(call)
        this.policy.refused?.(id, now)
        if (this.copies[call] === 0) this.ask(call, now, false)
      } else {
        const right = this.policy.answered?.(id, now) ?? true
        if (right) this.settle(call, id, now)
        else if (this.copies[call] === 0) this.ask(call, now, true)
      }
    }
    attempts.drop(id)
  }

  private settle(call: number, winner: number, now: number): void {
    const { attempts } = this.machines
    if ((this.copies[call] ?? 0) > 0) this.callOff(call, winner, now)
    const runner = attempts.runner[winner] ?? 0
    this.outcome.answered(call, now - (this.calls.at[call] ?? 0), runner, {
      wayMs: 2 * this.wayMs(call, runner),
      queueMs: (attempts.startedAt[winner] ?? 0) - (attempts.arrivedAt[winner] ?? 0),
      coldMs: (attempts.fetchMs[winner] ?? 0) + (attempts.startMs[winner] ?? 0),
      runMs: attempts.runMs[winner] ?? 0,
    })
    this.close(call)
  }

  private lost(call: number): void {
    this.outcome.lost(call)
    this.close(call)
  }

  private close(call: number): void {
    this.tried.delete(call)
    this.rounds.delete(call)
    this.second.delete(call)
    this.hedgeAt.delete(call)
    this.live--
  }

  /** This copy was first: the other is called off. */
  private callOff(call: number, winner: number, now: number): void {
    const { attempts } = this.machines
    const first = this.first[call] ?? 0
    const other = first === winner ? this.second.get(call) : first
    if (other === undefined) return
    attempts.cancelled[other] = 1
    this.copies[call] = (this.copies[call] ?? 0) - 1
    this.policy.cancelled?.(other, now)
    this.schedules(now + this.wayMs(call, attempts.runner[other] ?? 0), CANCELS, other)
  }

  private cancels(id: number, now: number): void {
    const { machines } = this
    const { attempts } = machines
    if (attempts.phase[id] === PHASE.RUNNING) this.stop(id, now)
    else if (attempts.phase[id] === PHASE.QUEUED) {
      machines.unqueue(id)
      attempts.drop(id)
      machines.tellPrice(attempts.runner[id] ?? 0, now)
    }
    attempts.phase[id] = PHASE.DROPPED
    attempts.drop(id)
  }

  private hedges(call: number, now: number): void {
    if (this.hedgeAt.get(call) !== now || this.copies[call] !== 1) return
    const runner = this.policy.second?.(call, this.tried.get(call) ?? NONE, now) ?? NOBODY
    if (runner !== NOBODY) this.send(call, runner, now, true, false)
  }

  private wait(call: number, now: number, ms?: number): void {
    const round = this.rounds.get(call) ?? 0
    const until = now + Math.max(ms ?? 0, Math.min(WAIT_MAX_MS, WAIT_FIRST_MS * 2 ** round))
    if (until - (this.calls.at[call] ?? 0) >= DEADLINE_MS) return this.lost(call)
    this.rounds.set(call, round + 1)
    this.tried.delete(call)
    this.events.push(until, ASKS, call)
  }

  /** Nothing came of it in time. */
  private expires(id: number, now: number): void {
    const { attempts } = this.machines
    const call = attempts.call[id] ?? 0
    const waits = attempts.phase[id] === PHASE.QUEUED || attempts.phase[id] === PHASE.RUNNING
    if (waits && attempts.cancelled[id] === 0 && !this.outcome.settled(call)) {
      attempts.cancelled[id] = 1
      this.copies[call] = (this.copies[call] ?? 0) - 1
      this.policy.failed?.(id, now, 'timeout')
      this.schedules(now + this.wayMs(call, attempts.runner[id] ?? 0), CANCELS, id)
      if ((this.copies[call] ?? 0) > 0) this.callOff(call, id, now)
      this.lost(call)
    }
    attempts.drop(id)
  }

  /** The runner is gone; its caller hears of it when the links close, or by silence. */
  private lose(id: number, now: number): void {
    const { machines } = this
    const { attempts } = machines
    const runner = attempts.runner[id] ?? 0
    const call = attempts.call[id] ?? 0
    attempts.phase[id] = PHASE.LOST
    const closed = machines.closed[runner] === 1
    const heardAt = closed ? now + this.wayMs(call, runner) : (machines.downAt[runner] ?? 0) + SILENCE_MS
    this.schedules(Math.max(now + this.wayMs(call, runner), heardAt), FAILS, id)
  }

  private fails(id: number, now: number): void {
    const { attempts } = this.machines
    const call = attempts.call[id] ?? 0
    if (attempts.cancelled[id] === 0) {
      this.copies[call] = (this.copies[call] ?? 0) - 1
      this.policy.failed?.(id, now, 'link-lost')
      if (this.copies[call] === 0) {
        // What may have run is repeated only where it may run twice.
        if (this.world.functions.repeatable[this.calls.fn[call] ?? 0] === 1) this.ask(call, now, true)
        else this.lost(call)
      }
    }
    attempts.drop(id)
  }

  private happens(i: number, now: number): void {
    const happening = this.schedule[i]
    if (happening === undefined) return
    const { machines } = this
    const { runner } = happening
    if (happening.type === 'slow') machines.slower[runner] = happening.factor
    else if (happening.type === 'up') machines.revive(runner, now)
    else if (machines.alive[runner] === 1) {
      for (const id of machines.fail(runner, now, happening.closes)) {
        const queued = machines.attempts.phase[id] === PHASE.QUEUED
        if (!queued) this.outcome.ran(machines.attempts.call[id] ?? 0, now - (machines.attempts.startedAt[id] ?? 0))
        this.lose(id, now)
        if (queued) machines.attempts.drop(id)
      }
      machines.tellPrice(runner, now)
    }
  }
}
