import { sample, type Estimate } from './estimate.ts'
import { MEAN_ERROR_SHARE, RTT_DEVIATION_SHARE, RTT_STALE_MS, RTT_UNKNOWN_MS } from './limits.ts'

/** A call's total less the runner's own time may come out below zero, by rounding or by a runner's exaggeration. */
export function sampleRtt(rtt: Estimate | undefined, ms: number, now: number): Estimate {
  const stale = rtt !== undefined && now - rtt.at > RTT_STALE_MS
  return sample(stale ? undefined : rtt, Math.max(0, ms), now)
}

/** The distance of a peer in ms: its mean round trip and a share of how much that varies. */
export function distanceMs(rtt: Estimate | undefined): number {
  return rtt === undefined ? RTT_UNKNOWN_MS : rtt.mean + RTT_DEVIATION_SHARE * rtt.deviation
}

/** How far the mean may be off, in ms. */
export function distanceErrorMs(rtt: Estimate | undefined): number {
  return rtt === undefined ? 0 : MEAN_ERROR_SHARE * rtt.deviation
}
