import type { Calls } from '../calls.ts'
import type { Schedule } from '../schedule/schedule.ts'
import { mix } from '../random.ts'
import type { World } from '../world/world.ts'
import { Calling } from './calling.ts'
import { EventHeap } from './heap.ts'
import { Machines } from './machines.ts'
import { Outcome } from './outcome.ts'
import type { Policy } from './policy.ts'
import { Serving } from './serving.ts'
import { EVENT, type Stage } from './stage.ts'

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
export class Engine implements Stage {
  readonly machines: Machines
  readonly outcome: Outcome
  readonly world: World
  readonly calls: Calls
  readonly policy: Policy
  readonly lagMs: number
  private readonly schedule: Schedule
  private readonly events = new EventHeap()
  private readonly calling: Calling
  private readonly serving: Serving

  constructor({ world, calls, schedule, policy, lagMs, endless }: EngineInit) {
    this.world = world
    this.calls = calls
    this.schedule = schedule
    this.policy = policy
    this.lagMs = lagMs
    this.machines = new Machines(world, endless)
    this.outcome = new Outcome(calls.count)
    this.calling = new Calling(this)
    this.serving = new Serving(this, schedule)
  }

  wayMs(call: number, runner: number): number {
    const { world, calls } = this
    const ms = world.rtt(calls.caller[call] ?? 0, world.runners.peer[runner] ?? 0)
    return (ms * (calls.jitter[call] ?? 1)) / 2
  }

  push(at: number, kind: number, subject: number): void {
    this.events.push(at, kind, subject)
  }

  pushFor(attempt: number, at: number, kind: number): void {
    this.machines.attempts.hold(attempt)
    this.events.push(at, kind, attempt)
  }

  run(): Outcome {
    const { events, calls, calling } = this
    this.begin()
    let opened = 0
    while (opened < calls.count || calling.live > 0) {
      const at = opened < calls.count ? (calls.at[opened] ?? 0) : Infinity
      if (at <= events.next()) calling.open(opened++, at)
      else {
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
      events.push((lagMs * mix(world.seed, runner, 7)) / 2 ** 32, EVENT.PUBLISHES, runner)
    }
    for (const [i, { atMs }] of schedule.entries()) events.push(atMs, EVENT.HAPPENS, i)
  }

  private handle(kind: number, subject: number, now: number): void {
    const { calling, serving } = this
    switch (kind) {
      case EVENT.ARRIVES:
        return serving.arrives(subject, now)
      case EVENT.ENDS:
        return serving.ends(subject, now)
      case EVENT.RETURNS:
        return calling.returns(subject, now)
      case EVENT.FAILS:
        return calling.fails(subject, now)
      case EVENT.CANCELS:
        return serving.cancels(subject, now)
      case EVENT.ASKS:
        return calling.ask(subject, now, false)
      case EVENT.HEDGES:
        return calling.hedges(subject, now)
      case EVENT.PUBLISHES:
        if (this.machines.alive[subject] === 1) this.policy.publish?.(subject, now)
        return this.events.push(now + this.lagMs, EVENT.PUBLISHES, subject)
      case EVENT.HAPPENS:
        return serving.happens(subject, now)
      case EVENT.EXPIRES:
        calling.expires(subject, now)
    }
  }
}
