import type { HitherError, PeerId, RunMetrics } from '@hither/core'
import { RTT_SAMPLE_MAX_BYTES, RTT_SAMPLE_MIN_SHARE } from '../limits.ts'
import type { CallComponents, CompleteTrailer, Journey } from './journey.ts'
import { runnerMs } from './report.ts'

/** How long a whole answer took, and how large it was; or how long a streamed one took to begin. */
type Seen = { ms: number; bytes: number } | { toHeadMs: number }

/**
 * The time on the way is what is left when the runner's own share is taken off the measured whole. Its word is a hint, which
 * must fit what heartbeats measured: else a runner could lie itself near. Large bodies say more about bandwidth than about
 * distance, and are left out.
 */
export function learn(
  on: CallComponents,
  journey: Journey,
  peer: PeerId,
  { replayed, receipt, metrics: told, state }: CompleteTrailer,
  seen: Seen,
): void {
  const { placement, links, now } = on
  const measuredMs = links.list().find((link) => link.peer === peer)?.rttMs
  const metrics = {
    ...told,
    ...(replayed === true && { runMs: receipt.runMs }),
    ...('toHeadMs' in seen && { runMs: untilHeadMs(told, seen.toHeadMs, measuredMs) }),
  }
  placement.observe({ type: 'answered', peer, cid: journey.header.cid, metrics }, now())
  if (state !== undefined) placement.observe({ type: 'state', peer, state }, now())
  if ('toHeadMs' in seen) return
  const onTheWayMs = seen.ms - runnerMs(told)
  const small = journey.body.bytes() + seen.bytes <= RTT_SAMPLE_MAX_BYTES
  if (small && peer !== links.self && onTheWayMs >= (measuredMs ?? Infinity) * RTT_SAMPLE_MIN_SHARE) {
    placement.observe({ type: 'rtt', peer, ms: onTheWayMs }, now())
  }
}

export function observeFailure(
  on: CallComponents,
  journey: Journey,
  peer: PeerId,
  { code, message, retry }: HitherError,
): void {
  const { cid, publisher } = journey.header
  // An unreachable peer refused nothing: it failed.
  const type = retry === 'elsewhere' && code !== 'peer-unreachable' ? 'refused' : 'failed'
  on.placement.observe({ type, peer, cid, ...(publisher !== undefined && { publisher }), code }, on.now())
  journey.onProgress({ type: `call:${type}`, peer, code, message })
}

/** How long a stream lasts is its reader's affair, or its author's: what a runner is compared by is how soon it began. */
function untilHeadMs(told: RunMetrics, toHeadMs: number, rttMs = 0): number {
  return Math.max(0, toHeadMs - rttMs - (runnerMs(told) - told.runMs))
}
