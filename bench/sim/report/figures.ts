import type { Calls } from '../calls.ts'
import type { Outcome, Spent } from '../engine/outcome.ts'
import type { World } from '../world/world.ts'
import { percentile, quantiles, type Quantiles } from './percentiles.ts'

/** What a policy did with the calls of one span of time. */
export interface Figures extends Quantiles {
  calls: number
  meanMs: number
  /** Per call, how many times longer than the same call took with the oracles. */
  stretchP50: number
  stretchP99: number
  stretch2P50: number
  lostShare: number
  lostRepeatableShare: number
  /** Of the time in slots, what went into copies that nobody wanted. */
  wastedShare: number
  /** Time in slots, cold work and unwanted copies included, over slots there were. */
  busyShare: number
  refusalsPerCall: number
  hedgedShare: number
  /** Where the time went, in the mean, in ms; what is left of the mean went into refusals, failures and waiting. */
  spent: Spent
}

/** The calls from `first` to before `end`. */
export interface Span {
  first: number
  end: number
}

export interface Oracles {
  oracle1: Outcome
  oracle2: Outcome
}

export function figures(world: World, calls: Calls, outcome: Outcome, { first, end }: Span, beside?: Oracles): Figures {
  const count = end - first
  const of = (values: ArrayLike<number>): number => {
    let sum = 0
    for (let call = first; call < end; call++) sum += values[call] ?? 0
    return sum
  }
  let lost = 0
  let lostRepeatable = 0
  for (let call = first; call < end; call++) {
    if (outcome.by[call] !== -1) continue
    lost++
    lostRepeatable += world.functions.repeatable[calls.fn[call] ?? 0] ?? 0
  }
  const ran = of(outcome.ranMs)
  const slots = world.runners.slots.reduce((sum, some) => sum + some, 0)
  const spanMs = (calls.at[end - 1] ?? 0) - (calls.at[first] ?? 0)
  const stretch = beside && stretches(outcome, beside.oracle1, { first, end })
  const stretch2 = beside && stretches(outcome, beside.oracle2, { first, end })
  return {
    calls: count,
    meanMs: of(outcome.ms) / count,
    ...quantiles(outcome.ms.subarray(first, end)),
    stretchP50: stretch === undefined ? 0 : percentile(stretch, 0.5),
    stretchP99: stretch === undefined ? 0 : percentile(stretch, 0.99),
    stretch2P50: stretch2 === undefined ? 0 : percentile(stretch2, 0.5),
    lostShare: lost / count,
    lostRepeatableShare: lostRepeatable / count,
    wastedShare: ran === 0 ? 0 : Math.max(0, 1 - (of(outcome.coldMs) + of(outcome.runMs)) / ran),
    busyShare: ran / (slots * spanMs),
    refusalsPerCall: of(outcome.refusals) / count,
    hedgedShare: of(outcome.hedges) / count,
    spent: {
      wayMs: of(outcome.wayMs) / count,
      queueMs: of(outcome.queueMs) / count,
      coldMs: of(outcome.coldMs) / count,
      runMs: of(outcome.runMs) / count,
    },
  }
}

function stretches(outcome: Outcome, oracle: Outcome, { first, end }: Span): Float32Array {
  const ratios = new Float32Array(end - first)
  for (let call = first; call < end; call++) ratios[call - first] = (outcome.ms[call] ?? 0) / (oracle.ms[call] ?? 1)
  return ratios.sort()
}

/** Where in the calls each time of the run is: `places(calls, 5000)` is the first call after five seconds. */
export function placeOf(calls: Calls, atMs: number): number {
  let low = 0
  let high = calls.count
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((calls.at[middle] ?? 0) < atMs) low = middle + 1
    else high = middle
  }
  return low
}
