import { queuePlaces } from '@hither/core'
import { price, type Price } from '@hither/router'
import { SLOTS_MAX } from '../limits.ts'
import type { World } from '../world/world.ts'
import { Attempts, PHASE } from './attempts.ts'
import { makeWarmth, type Warmth } from './warmth.ts'

/** The runners of one policy's world: slots, a short queue that refuses, what is warm, and the price that ships. */
export class Machines {
  readonly attempts = new Attempts()
  readonly warmth: Warmth
  readonly alive: Uint8Array
  /** 1 where its last leaving closed its links, so that callers hear of it at once. */
  readonly closed: Uint8Array
  readonly downAt: Float64Array
  readonly upAt: Float64Array
  /** How many have left or come back so far. */
  lives = 0
  /** How many times slower than it says it is. */
  readonly slower: Float64Array
  readonly busy: Int32Array
  readonly queued: Int32Array
  readonly prices: Price[]
  private readonly places: Uint8Array
  private readonly head: Int32Array
  private readonly tail: Int32Array
  private readonly slots: Int32Array
  private readonly world: World
  /** It never refuses, whatever waits. */
  readonly isEndless: (runner: number) => boolean

  constructor(world: World, isEndless: (runner: number) => boolean) {
    const { count } = world.runners
    this.world = world
    this.isEndless = isEndless
    this.warmth = makeWarmth(world)
    this.alive = new Uint8Array(count).fill(1)
    this.closed = new Uint8Array(count)
    this.downAt = new Float64Array(count).fill(-Infinity)
    this.upAt = new Float64Array(count).fill(-Infinity)
    this.slower = new Float64Array(count).fill(1)
    this.busy = new Int32Array(count)
    this.queued = new Int32Array(count)
    this.places = Uint8Array.from(world.runners.slots, (slots) => queuePlaces(slots))
    this.head = new Int32Array(count).fill(-1)
    this.tail = new Int32Array(count).fill(-1)
    this.slots = new Int32Array(count * SLOTS_MAX).fill(-1)
    this.prices = Array.from({ length: count }, () => price())
    for (let runner = 0; runner < count; runner++) this.tellPrice(runner, 0)
  }

  /** Whether it has a place for one more, running or waiting. */
  hasPlace(runner: number): boolean {
    if (this.hasSlot(runner) || this.isEndless(runner)) return true
    return (this.queued[runner] ?? 0) < (this.places[runner] ?? 0)
  }

  hasSlot(runner: number): boolean {
    return (this.busy[runner] ?? 0) < (this.world.runners.slots[runner] ?? 0)
  }

  /** Takes a slot. Returns when the run will end. */
  start(id: number, fn: number, workMs: number, now: number): number {
    const { attempts, warmth } = this
    const runner = attempts.runner[id] ?? 0
    const fetchMs = warmth.fetchMs(runner, fn)
    const startMs = warmth.startMs(runner, fn)
    const runMs = (workMs / (this.world.runners.speed[runner] ?? 1)) * (this.slower[runner] ?? 1)
    warmth.use(runner, fn)
    attempts.phase[id] = PHASE.RUNNING
    attempts.startedAt[id] = now
    attempts.fetchMs[id] = fetchMs
    attempts.startMs[id] = startMs
    attempts.runMs[id] = runMs
    let slot = runner * SLOTS_MAX
    while (this.slots[slot] !== -1) slot++
    this.slots[slot] = id
    this.busy[runner] = (this.busy[runner] ?? 0) + 1
    return now + fetchMs + startMs + runMs
  }

  /** Gives the slot back, and returns who is next in the queue, or -1. */
  stop(id: number, now: number): number {
    const runner = this.attempts.runner[id] ?? 0
    let slot = runner * SLOTS_MAX
    while (this.slots[slot] !== id) slot++
    this.slots[slot] = -1
    this.busy[runner] = (this.busy[runner] ?? 0) - 1
    this.prices[runner]?.done(now - (this.attempts.startedAt[id] ?? 0), now)
    const next = this.head[runner] ?? -1
    if (next !== -1) this.unqueue(next)
    return next
  }

  queue(id: number): void {
    const runner = this.attempts.runner[id] ?? 0
    const last = this.tail[runner] ?? -1
    this.attempts.phase[id] = PHASE.QUEUED
    this.attempts.next[id] = -1
    if (last === -1) this.head[runner] = id
    else this.attempts.next[last] = id
    this.tail[runner] = id
    this.queued[runner] = (this.queued[runner] ?? 0) + 1
  }

  unqueue(id: number): void {
    const runner = this.attempts.runner[id] ?? 0
    const { next } = this.attempts
    let before = -1
    let at = this.head[runner] ?? -1
    while (at !== id && at !== -1) {
      before = at
      at = next[at] ?? -1
    }
    if (at === -1) return
    if (before === -1) this.head[runner] = next[id] ?? -1
    else next[before] = next[id] ?? -1
    if (this.tail[runner] === id) this.tail[runner] = before
    this.queued[runner] = (this.queued[runner] ?? 0) - 1
  }

  /** It is gone, and all that ran or waited there. */
  fail(runner: number, now: number, closes: boolean): number[] {
    const lost: number[] = []
    for (let slot = runner * SLOTS_MAX; slot < (runner + 1) * SLOTS_MAX; slot++) {
      const id = this.slots[slot] ?? -1
      if (id !== -1) lost.push(id)
      this.slots[slot] = -1
    }
    for (let id = this.head[runner] ?? -1; id !== -1; id = this.attempts.next[id] ?? -1) lost.push(id)
    this.head[runner] = -1
    this.tail[runner] = -1
    this.busy[runner] = 0
    this.queued[runner] = 0
    this.alive[runner] = 0
    this.lives++
    this.closed[runner] = closes ? 1 : 0
    this.downAt[runner] = now
    return lost
  }

  revive(runner: number, now: number): void {
    this.alive[runner] = 1
    this.lives++
    this.upAt[runner] = now
    this.warmth.restart(runner)
    this.prices[runner] = price()
    this.tellPrice(runner, now)
  }

  /** To be called after each change of what runs or waits. */
  tellPrice(runner: number, now: number): void {
    const load = {
      slots: this.world.runners.slots[runner] ?? 0,
      busy: this.busy[runner] ?? 0,
      queued: this.queued[runner] ?? 0,
    }
    this.prices[runner]?.load(load, now)
  }
}
