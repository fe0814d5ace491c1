import { DEADLINE_MS, SILENCE_MS } from '../limits.ts'
import type { Schedule } from '../schedule/schedule.ts'
import { PHASE } from './attempts.ts'
import { EVENT, type Stage } from './stage.ts'

/** The runners' end of each attempt: it waits, runs or is refused, ends or is called off; and what befalls runners. */
export class Serving {
  private readonly stage: Stage
  private readonly schedule: Schedule

  constructor(stage: Stage, schedule: Schedule) {
    this.stage = stage
    this.schedule = schedule
  }

  arrives(id: number, now: number): void {
    const { machines } = this.stage
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
      const deadline = (this.stage.calls.at[attempts.call[id] ?? 0] ?? 0) + DEADLINE_MS
      if (machines.isEndless(runner)) this.stage.pushFor(id, deadline, EVENT.EXPIRES)
    } else {
      attempts.phase[id] = PHASE.REFUSED
      machines.prices[runner]?.refused(now)
      this.answer(id, now)
    }
    attempts.drop(id)
  }

  private start(id: number, now: number): void {
    const { machines, calls } = this.stage
    const call = machines.attempts.call[id] ?? 0
    const endsAt = machines.start(id, calls.fn[call] ?? 0, calls.workMs[call] ?? 0, now)
    machines.tellPrice(machines.attempts.runner[id] ?? 0, now)
    this.stage.pushFor(id, endsAt, EVENT.ENDS)
  }

  ends(id: number, now: number): void {
    const { attempts } = this.stage.machines
    if (attempts.phase[id] === PHASE.RUNNING) {
      this.stop(id, now)
      attempts.phase[id] = PHASE.RAN
      this.answer(id, now)
    }
    attempts.drop(id)
  }

  /** Frees the slot, for whoever waits. */
  private stop(id: number, now: number): void {
    const { machines } = this.stage
    this.stage.outcome.ran(machines.attempts.call[id] ?? 0, now - (machines.attempts.startedAt[id] ?? 0))
    const next = machines.stop(id, now)
    if (next !== -1) {
      this.start(next, now)
      machines.attempts.drop(next)
    } else machines.tellPrice(machines.attempts.runner[id] ?? 0, now)
  }

  private answer(id: number, now: number): void {
    const { attempts } = this.stage.machines
    this.stage.policy.leaves?.(id, now)
    this.stage.pushFor(id, now + this.stage.wayMs(attempts.call[id] ?? 0, attempts.runner[id] ?? 0), EVENT.RETURNS)
  }

  cancels(id: number, now: number): void {
    const { machines } = this.stage
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

  /** The runner is gone; its caller hears of it when the links close, or by silence. */
  private lose(id: number, now: number): void {
    const { machines } = this.stage
    const { attempts } = machines
    const runner = attempts.runner[id] ?? 0
    const call = attempts.call[id] ?? 0
    attempts.phase[id] = PHASE.LOST
    const closed = machines.closed[runner] === 1
    const heardAt = closed ? now + this.stage.wayMs(call, runner) : (machines.downAt[runner] ?? 0) + SILENCE_MS
    this.stage.pushFor(id, Math.max(now + this.stage.wayMs(call, runner), heardAt), EVENT.FAILS)
  }

  happens(i: number, now: number): void {
    const happening = this.schedule[i]
    if (happening === undefined) return
    const { machines } = this.stage
    const { runner } = happening
    if (happening.type === 'slow') machines.slower[runner] = happening.factor
    else if (happening.type === 'up') machines.revive(runner, now)
    else if (machines.alive[runner] === 1) {
      for (const id of machines.fail(runner, now, happening.closes)) {
        const queued = machines.attempts.phase[id] === PHASE.QUEUED
        if (!queued)
          this.stage.outcome.ran(machines.attempts.call[id] ?? 0, now - (machines.attempts.startedAt[id] ?? 0))
        this.lose(id, now)
        if (queued) machines.attempts.drop(id)
      }
      machines.tellPrice(runner, now)
    }
  }
}
