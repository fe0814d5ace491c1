import type { Length } from './runs.ts'

/** When the city of `scenarios/city-leaves.json` leaves, in seconds. */
export const LEAVES_AT = 20

/** Lengths of all runs, by rate. Beyond p99.9 of the steady ones there are 800 calls or more. */
export interface Plan {
  seeds: readonly number[]
  steady: readonly Length[]
  full: readonly Length[]
  liars: readonly (Length & { after: readonly number[] })[]
  leaves: readonly Length[]
  churn: readonly Length[]
  growth: readonly [Length, Length]
  million: Length
}

export function fullPlan(seeds: number): Plan {
  const [few, many] = [2, 20]
  return {
    seeds: Array.from({ length: seeds }, (_, i) => i + 1),
    // A second of 10,000 peers at 20 calls is 200,000 calls.
    steady: [
      { peers: 10_000, rate: few, warmup: 20, measured: 40 },
      { peers: 10_000, rate: many, warmup: 10, measured: 5 },
    ],
    full: [
      { peers: 10_000, rate: few, warmup: 30, measured: 30 },
      { peers: 10_000, rate: many, warmup: 10, measured: 6 },
    ],
    liars: [
      { peers: 2000, rate: few, warmup: 30, measured: 100, after: [30, 120] },
      { peers: 500, rate: many, warmup: 30, measured: 10, after: [30] },
    ],
    leaves: [
      { peers: 10_000, rate: few, warmup: LEAVES_AT - 1, measured: 21 },
      { peers: 2000, rate: many, warmup: LEAVES_AT - 1, measured: 16 },
    ],
    churn: [
      { peers: 10_000, rate: few, warmup: 20, measured: 40 },
      { peers: 2000, rate: many, warmup: 10, measured: 20 },
    ],
    growth: [
      { peers: 1000, rate: few, warmup: 8, measured: 4 },
      { peers: 100_000, rate: few, warmup: 8, measured: 4 },
    ],
    million: { peers: 100_000, rate: few, warmup: 2, measured: 3 },
  }
}

/** Shows that all is there, in some minutes; it judges nothing. */
export function quickPlan(): Plan {
  const small = (peers: number, rate: number, warmup: number, measured: number): Length => ({
    peers,
    rate,
    warmup,
    measured,
  })
  return {
    seeds: [1],
    steady: [small(500, 2, 10, 10), small(200, 20, 4, 4)],
    full: [small(500, 2, 10, 10)],
    liars: [{ ...small(200, 2, 30, 10), after: [30] }],
    leaves: [small(500, 2, LEAVES_AT - 1, 15)],
    churn: [small(500, 2, 10, 10)],
    growth: [small(500, 2, 8, 4), small(2000, 2, 8, 4)],
    million: small(2000, 2, 2, 3),
  }
}
