import { QUANTILE_STEP_MIN } from './limits/run.ts'

/** One quantile of a stream of times, in the room of two numbers: in logarithms, moved by each sample a little up or down. */
export interface Quantile {
  log: number
  samples: number
}

/** `share`: which quantile, such as 0.95. It starts at three times the first sample, as a tail does. */
export function sampleQuantile(before: Quantile | undefined, ms: number, share: number): Quantile {
  const seen = Math.log(ms + 1)
  if (before === undefined) return { log: seen + Math.log(3), samples: 1 }
  const step = Math.max(QUANTILE_STEP_MIN, 1 / before.samples)
  return { log: before.log + step * (seen > before.log ? share : share - 1), samples: before.samples + 1 }
}

export function quantileMs({ log }: Quantile): number {
  return Math.exp(log) - 1
}
