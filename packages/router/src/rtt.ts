import { sample, type Estimate } from './estimate.ts'
import {
  MEAN_ERROR_SHARE,
  RTT_DEVIATION_SHARE,
  RTT_OPENING_SAMPLES,
  RTT_RELIEF_SHARE,
  RTT_STALE_MS,
  RTT_UNKNOWN_MS,
} from './limits/distance.ts'

/** Round trips to one peer. */
export interface Rtt extends Estimate {
  /** How many samples it rests on. */
  samples: number
}

/**
 * Takes in a round trip. It can only be too long, never too short. So of the first few, which hold all that is done for the first
 * time, the least counts; and one far below the mean says that what held up the others is over: it counts as the first.
 *
 * A call's total less the runner's own time may come out below zero, by rounding or by a runner's exaggeration.
 */
export function sampleRtt(before: Rtt | undefined, ms: number, now: number): Rtt {
  const rtt = before !== undefined && now - before.at > RTT_STALE_MS ? undefined : before
  const samples = (rtt?.samples ?? 0) + 1
  const value = Math.max(0, ms)
  const anew = rtt !== undefined && value < rtt.mean * (samples <= RTT_OPENING_SAMPLES ? 1 : RTT_RELIEF_SHARE)
  const { mean, deviation, at } = sample(anew ? undefined : rtt, value, now)
  // Not by spreading it: V8 gives such an object a form that it gave up, and throws away the code of whoever reads it, again and again.
  return { mean, deviation, at, samples }
}

/** The distance of a peer in ms: its mean round trip and a share of how much that varies. */
export function distanceMs(rtt: Estimate | undefined): number {
  return rtt === undefined ? RTT_UNKNOWN_MS : rtt.mean + RTT_DEVIATION_SHARE * rtt.deviation
}

/** How far the mean may be off, in ms. */
export function distanceErrorMs(rtt: Estimate | undefined): number {
  return rtt === undefined ? 0 : MEAN_ERROR_SHARE * rtt.deviation
}
