import { sample, type Estimate } from './estimate.ts'
import { MEAN_ERROR_SHARE, RTT_DEVIATION_SHARE, RTT_OPENING_SAMPLES, RTT_STALE_MS, RTT_UNKNOWN_MS } from './limits.ts'

/** Round trips to one peer. */
export interface Rtt extends Estimate {
  /** How many samples it rests on. */
  samples: number
}

/**
 * Takes in a round trip. The first few can only be too long, by all that is done for the first time: the least of them counts.
 *
 * A call's total less the runner's own time may come out below zero, by rounding or by a runner's exaggeration.
 */
export function sampleRtt(before: Rtt | undefined, ms: number, now: number): Rtt {
  const rtt = before !== undefined && now - before.at > RTT_STALE_MS ? undefined : before
  const samples = (rtt?.samples ?? 0) + 1
  const value = Math.max(0, ms)
  if (rtt !== undefined && samples <= RTT_OPENING_SAMPLES && value < rtt.mean) {
    return { ...sample(undefined, value, now), samples }
  }
  return { ...sample(rtt, value, now), samples }
}

/** The distance of a peer in ms: its mean round trip and a share of how much that varies. */
export function distanceMs(rtt: Estimate | undefined): number {
  return rtt === undefined ? RTT_UNKNOWN_MS : rtt.mean + RTT_DEVIATION_SHARE * rtt.deviation
}

/** How far the mean may be off, in ms. */
export function distanceErrorMs(rtt: Estimate | undefined): number {
  return rtt === undefined ? 0 : MEAN_ERROR_SHARE * rtt.deviation
}
