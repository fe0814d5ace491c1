import { DEVIATION_GAIN, MEAN_GAIN } from './limits/distance.ts'

/** A mean that forgets, with its mean deviation: what TCP keeps of round trips (RFC 6298), here of any measure. */
export interface Estimate {
  mean: number
  deviation: number
  /** When the last sample came, in ms. */
  at: number
}

/** The first sample is the mean, with half of it as deviation: one measurement is not yet to be relied on. */
export function sample(before: Estimate | undefined, value: number, now: number): Estimate {
  if (before === undefined) return { mean: value, deviation: value / 2, at: now }
  const error = value - before.mean
  return {
    mean: before.mean + MEAN_GAIN * error,
    deviation: before.deviation + DEVIATION_GAIN * (Math.abs(error) - before.deviation),
    at: now,
  }
}

/** What is left of a whole after `ageMs`, by half-lives. */
export function halved(ageMs: number, halfLifeMs: number): number {
  return 0.5 ** (ageMs / halfLifeMs)
}
