import { halved } from './estimate.ts'
import { SLOWNESS_DOUBT, SLOWNESS_HALF_LIFE_MS, SLOWNESS_SAMPLES_MAX, SPEED_RATIO_MAX } from './limits/run.ts'

/** How many times longer than usual a peer takes for what it runs, as was seen: in logarithms, since times scatter by factors. */
export interface Slowness {
  log: number
  variance: number
  samples: number
  /** When the last one came, in ms. */
  at: number
}

const RATIO_LOG_MAX: number = Math.log(SPEED_RATIO_MAX)

/** The added ms keeps tiny runs from speaking loudly. `usualLog`: of the usual run in ms, with that ms. */
export function sampleSlowness(before: Slowness | undefined, runMs: number, usualLog: number, now: number): Slowness {
  const { log, variance, samples } = before === undefined ? { log: 0, variance: 1, samples: 0 } : faded(before, now)
  const seen = clamp(Math.log(runMs + 1) - usualLog)
  const weight = 1 / Math.min(SLOWNESS_SAMPLES_MAX, samples + 1)
  return {
    log: log + weight * (seen - log),
    variance: variance + (weight / (1 + weight)) * ((seen - log) ** 2 - variance),
    samples: Math.min(SLOWNESS_SAMPLES_MAX, samples + 1),
    at: now,
  }
}

/** A machine that was slow may be idle by now. As samples fade, how they scatter is known as little as before the first. */
function faded({ log, variance, samples, at }: Slowness, now: number): Slowness {
  const left = halved(now - at, SLOWNESS_HALF_LIFE_MS)
  return { log, variance: 1 + left * (variance - 1), samples: left * samples, at }
}

/**
 * By what to multiply a service time. At first a machine is as quick as it says, or as usual; how many runs it takes to believe
 * otherwise depends on how much they scatter.
 */
export function slownessFactor(learnt: Slowness | undefined, now: number, saidSpeed = 1): number {
  const said = clamp(-Math.log(Math.max(saidSpeed, 1e-9)))
  if (learnt === undefined) return Math.exp(said)
  // As `faded` says, without making anything: this is asked of each candidate of each call.
  const left = halved(now - learnt.at, SLOWNESS_HALF_LIFE_MS)
  const unsure = SLOWNESS_DOUBT * Math.sqrt((1 + left * (learnt.variance - 1)) / (left * learnt.samples))
  const off = learnt.log - said
  return Math.exp(said + Math.sign(off) * Math.max(0, Math.abs(off) - unsure))
}

function clamp(log: number): number {
  return Math.max(-RATIO_LOG_MAX, Math.min(RATIO_LOG_MAX, log))
}
