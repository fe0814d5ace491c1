import type { Random } from '@hither/core'
import type { Engine } from '../engine/engine.ts'
import { NOBODY, type Policy } from '../engine/policy.ts'
import { ATTEMPTS_MAX } from '../limits.ts'
import { drawFrom, generator } from '../random.ts'
import { knownRunners, nearestRunners } from '../world/known.ts'

/** Draws that may hit who was tried, before it gives up: with few runners all may have been. */
const DRAWS_MAX = 32

/** What all of these share: they know all runners, and who has left. */
abstract class Baseline implements Policy {
  protected engine!: Engine
  protected random: Random = Math.random

  begin(engine: Engine): void {
    this.engine = engine
    this.random = generator(engine.world.seed, 11)
  }

  abstract choose(call: number, tried: readonly number[], now: number): number

  protected isOpen(runner: number, tried: readonly number[]): boolean {
    return this.engine.machines.alive[runner] === 1 && !tried.includes(runner)
  }
}

/** By chance, each by its capacity. */
export class CapacityRandom extends Baseline {
  private capacity = new Float64Array()

  override begin(engine: Engine): void {
    super.begin(engine)
    const { slots, speed } = engine.world.runners
    let sum = 0
    this.capacity = Float64Array.from(slots, (count, runner) => (sum += count * (speed[runner] ?? 0)))
  }

  choose(_call: number, tried: readonly number[]): number {
    for (let draw = 0; draw < DRAWS_MAX; draw++) {
      const runner = drawFrom(this.capacity, this.random)
      if (this.isOpen(runner, tried)) return runner
    }
    return NOBODY
  }
}

/** The nearest, and with each refusal the next one outward. */
export class Nearest extends Baseline {
  private readonly near: (number[] | undefined)[] = []

  choose(call: number, tried: readonly number[]): number {
    const { world, calls } = this.engine
    const caller = calls.caller[call] ?? 0
    const near = (this.near[caller] ??= nearestRunners(world, caller, 4 * ATTEMPTS_MAX))
    return near.find((runner) => this.isOpen(runner, tried)) ?? NOBODY
  }
}

/** What runners said of their load last, to all at once. */
abstract class Listening extends Baseline {
  private load = new Int32Array()

  override begin(engine: Engine): void {
    super.begin(engine)
    this.load = new Int32Array(engine.world.runners.count)
  }

  publish(runner: number): void {
    const { busy, queued } = this.engine.machines
    this.load[runner] = (busy[runner] ?? 0) + (queued[runner] ?? 0)
  }

  protected saidLoad(runner: number): number {
    return this.load[runner] ?? 0
  }
}

/** Of two by chance the less loaded, as far as it has said. */
export class LeastLoaded extends Listening {
  choose(_call: number, tried: readonly number[]): number {
    const [a, b] = [this.draw(tried), this.draw(tried)]
    if (a === NOBODY || b === NOBODY) return a
    return this.share(a) <= this.share(b) ? a : b
  }

  private draw(tried: readonly number[]): number {
    for (let draw = 0; draw < DRAWS_MAX; draw++) {
      const runner = Math.floor(this.random() * this.engine.world.runners.count)
      if (this.isOpen(runner, tried)) return runner
    }
    return NOBODY
  }

  private share(runner: number): number {
    return this.saidLoad(runner) / (this.engine.world.runners.slots[runner] ?? 1)
  }
}

/**
 * The least of way, queue as it was said, cold start and run, over the same runners that hither hears from. It is told true speeds,
 * true means and what is warm right now, which hither has to learn.
 */
export class StaleArgmin extends Listening {
  private readonly known: (number[] | undefined)[] = []

  choose(call: number, tried: readonly number[]): number {
    const { world, calls, machines } = this.engine
    const caller = calls.caller[call] ?? 0
    const fn = calls.fn[call] ?? 0
    const known = (this.known[caller] ??= knownRunners(world, caller))
    let best = NOBODY
    let bestMs = Infinity
    for (const runner of known) {
      if (!this.isOpen(runner, tried)) continue
      const speed = world.runners.speed[runner] ?? 1
      const slots = world.runners.slots[runner] ?? 1
      const ahead = Math.max(0, this.saidLoad(runner) + 1 - slots)
      const ms =
        world.rtt(caller, world.runners.peer[runner] ?? 0) +
        (ahead * world.functions.workMs) / speed / slots +
        machines.warmth.fetchMs(runner, fn) +
        machines.warmth.startMs(runner, fn) +
        (world.functions.meanMs[fn] ?? 0) / speed
      if (ms < bestMs) {
        bestMs = ms
        best = runner
      }
    }
    return best
  }
}
