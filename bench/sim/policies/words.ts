import { WARM_HINT_BYTES, WARM_HINTS_MAX, type RunnerState } from '@hither/core'
import { CRIED_BYTES_PER_S, WARM_TOLD_MS } from '../control/net-limits.ts'
import { WORD_BYTES } from '../control/sizes.ts'
import type { Liars } from '../engine/liars.ts'
import type { Machines } from '../engine/machines.ts'
import { mix } from '../random.ts'
import type { World } from '../world/world.ts'
import type { Names } from './names.ts'

const GRANTS: string[] = []
const NOTHING = new Uint8Array()

/** What runners say of themselves: to all that listen, at intervals; and with each answer. */
export class Words {
  /** Who may listen to each runner. */
  private readonly listeners: Int32Array
  /** Each runner's last two words to all, and when they were said. */
  private readonly last: (RunnerState | undefined)[] = []
  private readonly lastAt: Float64Array
  private readonly before: (RunnerState | undefined)[] = []
  private readonly warm: Uint8Array[] = []
  private readonly warmAt: Float64Array
  private readonly world: World
  private readonly machines: Machines
  private readonly liars: Liars
  private readonly names: Names

  constructor(world: World, machines: Machines, liars: Liars, names: Names) {
    this.world = world
    this.machines = machines
    this.liars = liars
    this.names = names
    this.lastAt = new Float64Array(world.runners.count).fill(-1)
    this.listeners = new Int32Array(world.runners.count)
    this.warmAt = new Float64Array(world.runners.count).fill(-Infinity)
  }

  /** What it says now. */
  state(runner: number, now: number): RunnerState {
    const { machines, world } = this
    if (this.warm[runner] === undefined) this.nameWarm(runner, now)
    return this.liars.state(runner, {
      accepting: true,
      slots: world.runners.slots[runner] ?? 0,
      speed: (world.runners.speed[runner] ?? 1) / world.speedScale,
      busy: machines.busy[runner] ?? 0,
      queued: machines.queued[runner] ?? 0,
      priceMs: Math.round(machines.prices[runner]?.priceMs(now) ?? 0),
      admits: 'anyone',
      tier: 'process',
      grants: GRANTS,
      warm: this.warm[runner] ?? NOTHING,
    })
  }

  publish(runner: number, now: number): void {
    this.nameWarm(runner, now)
    this.before[runner] = this.last[runner]
    this.last[runner] = this.state(runner, now)
    this.lastAt[runner] = now
  }

  listened(runner: number): void {
    this.listeners[runner] = (this.listeners[runner] ?? 0) + 1
  }

  /** How often one of those who listen may be told something: all of them share what the runner may say. */
  everyMs(runner: number, lagMs: number): number {
    const roundMs = (1000 * WORD_BYTES * (this.listeners[runner] ?? 0)) / CRIED_BYTES_PER_S
    return lagMs * Math.max(1, Math.ceil(roundMs / lagMs))
  }

  private nameWarm(runner: number, now: number): void {
    if (now - (this.warmAt[runner] ?? 0) < WARM_TOLD_MS) return
    // Not all at once: what runs for shorter than that would see none of it.
    const phase = this.warm[runner] === undefined ? mix(this.world.seed, runner, 0x3a7) / 2 ** 32 : 0
    this.warmAt[runner] = now - WARM_TOLD_MS * phase
    const fns = this.machines.warmth.recent(runner, WARM_HINTS_MAX)
    const warm = new Uint8Array(fns.length * WARM_HINT_BYTES)
    for (const [i, fn] of fns.entries()) warm.set(this.names.hints[fn] ?? NOTHING, i * WARM_HINT_BYTES)
    this.warm[runner] = warm
  }

  /** When it said what one hears `wayMs` later, and has heard by now; -1 for never. */
  saidAt(runner: number, now: number, wayMs: number, lagMs: number): number {
    const at = this.lastAt[runner] ?? -1
    if (at < 0 || at + wayMs <= now) return at
    return this.before[runner] === undefined ? -1 : at - lagMs
  }

  /**
   * When the next word reaches who is `wayMs` away: it speaks at equal intervals. In the past where that is not known, of one that was
   * away or has not spoken yet.
   */
  nextHeardAt(runner: number, now: number, wayMs: number, lagMs: number): number {
    const at = this.lastAt[runner] ?? -1
    if (at < 0) return 0
    return at + wayMs <= now ? at + lagMs + wayMs : at + wayMs
  }

  /** What it said then: one of the last two. */
  said(runner: number, at: number): RunnerState | undefined {
    return at === this.lastAt[runner] ? this.last[runner] : this.before[runner]
  }
}
