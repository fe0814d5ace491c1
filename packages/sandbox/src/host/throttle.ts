import type { Clock } from '@hither/core'
import { RESTLESS_CPU_MS, THROTTLE_MS } from './limits.ts'

/** A process, as far as it matters how much of the cores it takes. */
export interface Burner {
  readonly cordon: string
  /** When it had its newest call. */
  readonly usedMs: number
  /** Of the cores, those that its cordon may have. */
  readonly share: { readonly cores?: number | undefined }
  readonly process: {
    suspend(): void
    resume(): void
  }
}

/** One that may burn, and what it has taken in its life, in ms of processor time. */
export type Counted = readonly [burner: Burner, allMs: number]

/** What one took, in ms of processor time. */
interface Taken {
  burner: Burner
  /** In its life, since the last look, and lately, where what is past counts less and less. */
  allMs: number
  newMs: number
  latelyMs: number
}

/**
 * Holds processes to the cores lent, by what the kernel says that they took: in long turns or in short ones, for a call or after its
 * answer. Time that nobody took is saved up for a moment, so that a burst is let pass. When it is used up, those of the publishers that
 * took more than an even part stand still until there is some again. What was taken while nobody looked is owed for a moment only.
 */
export class Throttle {
  private readonly now: Clock
  private readonly taken = new WeakMap<Burner, Taken>()
  /** Of all, and of each cordon that may have fewer cores, in ms. */
  private savedMs = new Map<string, number>()
  private readonly still = new Set<Burner>()
  private lookedMs: number

  constructor(now: Clock) {
    this.now = now
    this.lookedMs = now()
  }

  /** It stands still. */
  holds(burner: Burner): boolean {
    return this.still.has(burner)
  }

  /** What it takes in a second, as of late, in ms. */
  latelyMs(burner: Burner): number {
    return this.taken.get(burner)?.latelyMs ?? 0
  }

  /** It takes some, or stands still: if it were looked at seldom, it would take too much before that is seen. */
  minds(burner: Burner): boolean {
    return this.holds(burner) || this.latelyMs(burner) > RESTLESS_CPU_MS
  }

  look(cores: number, counted: readonly Counted[]): void {
    const now = this.now()
    const passedMs = now - this.lookedMs
    this.lookedMs = now
    const all = counted.map(([burner, allMs]) => this.count(burner, allMs, Math.min(passedMs, THROTTLE_MS)))
    const bounded = [...Map.groupBy(all, ({ burner }) => burner.cordon)].map(([cordon, own]) => ({
      name: cordon,
      lent: newest(own)?.share.cores ?? cores,
      takers: own,
    }))
    const before = this.savedMs
    this.savedMs = new Map()
    const over = new Set<Burner>()
    for (const { name, lent, takers } of [{ name: ALL, lent: cores, takers: all }, ...bounded]) {
      const mostMs = lent * THROTTLE_MS
      const leftMs = (before.get(name) ?? mostMs) + lent * passedMs - sum(takers, 'newMs')
      const savedMs = Math.max(-OWED_MAX_PART * mostMs, Math.min(mostMs, leftMs))
      this.savedMs.set(name, savedMs)
      if (savedMs < 0) for (const { burner } of greedy(takers, mostMs)) over.add(burner)
    }
    this.settle(over)
  }

  private count(burner: Burner, allMs: number, sinceMs: number): Taken {
    const before = this.taken.get(burner) ?? { allMs, latelyMs: 0 }
    const newMs = allMs - before.allMs
    const latelyMs = before.latelyMs * (1 - sinceMs / THROTTLE_MS) + newMs
    const taken = { burner, allMs, newMs, latelyMs }
    this.taken.set(burner, taken)
    return taken
  }

  private settle(over: ReadonlySet<Burner>): void {
    for (const burner of this.still) {
      if (over.has(burner)) continue
      this.still.delete(burner)
      burner.process.resume()
    }
    for (const burner of over) {
      this.still.add(burner)
      // Each time: somebody else may have let it go on.
      burner.process.suspend()
    }
  }
}

/** Of what may be saved, so much may be owed: who took it may rest by now, and those that go on would pay for it. */
const OWED_MAX_PART = 1 / 4

/** No cordon's name. */
const ALL = ''

/** Of the publishers that took more than an even part of what is lent, the processes that took most. */
function greedy(takers: readonly Taken[], mostMs: number): Taken[] {
  const active = takers.filter(({ latelyMs }) => latelyMs > RESTLESS_CPU_MS)
  const cordons = [...Map.groupBy(active, ({ burner }) => burner.cordon).values()].map((own) => ({
    own,
    ownMs: sum(own, 'latelyMs'),
  }))
  const partMs = evenPartMs(
    cordons.map(({ ownMs }) => ownMs),
    mostMs,
  )
  return cordons.flatMap(({ own, ownMs }) =>
    ownMs < partMs ? [] : own.filter(({ latelyMs }) => latelyMs >= ownMs / own.length),
  )
}

/** What each may take where those that take less leave the rest to the others: Infinity where all together take less than there is. */
function evenPartMs(takenMs: readonly number[], mostMs: number): number {
  let [restMs, left] = [mostMs, takenMs.length]
  for (const ms of takenMs.toSorted((a, b) => a - b)) {
    if (ms >= restMs / left) break
    restMs -= ms
    left -= 1
  }
  return left === 0 ? Infinity : restMs / left
}

/** Its share is the one that holds now. */
function newest(own: readonly Taken[]): Burner | undefined {
  const [first, ...others] = own.map(({ burner }) => burner)
  return others.reduce((last, one) => (last !== undefined && last.usedMs >= one.usedMs ? last : one), first)
}

function sum(takers: readonly Taken[], what: 'newMs' | 'latelyMs'): number {
  return takers.reduce((total, one) => total + one[what], 0)
}
