import type { HitherError, Observation, RunMetrics } from '@hither/core'
import { linkTo } from '../network.ts'
import { RTT_SAMPLE_MAX_BYTES, RTT_SAMPLE_MIN_SHARE } from '../limits/calls.ts'
import type { Sent } from './answer.ts'
import { contradiction, fitsIn } from './check.ts'
import type { CallComponents, CompleteTrailer, Journey } from './journey.ts'
import { runnerMs } from './report.ts'

/** How long a whole answer took, and how large it was; or how long a streamed one took to begin. */
type Seen = { ms: number; bytes: number } | { toHeadMs: number }

/**
 * Of a runner's word no more is learnt than was waited for it: what functions take is learnt for all runners together. The time on the way
 * is what is left when the runner's own share is taken off the measured whole. Its word is a hint, which must fit what heartbeats
 * measured: else a runner could lie itself near. Large bodies say more about bandwidth than about
 * distance, and are left out; so is what this process was not there to hear in time.
 */
export function learn(
  on: CallComponents,
  journey: Journey,
  { peer, at, predicted }: Sent,
  trailer: CompleteTrailer,
  seen: Seen,
): void {
  const { placement, links, now } = on
  const { replayed, metrics: told } = trailer
  const link = linkTo(links, peer)
  const measuredMs = link?.rttMs
  const spent = spentOn(trailer, seen, measuredMs)
  const isOwn = peer === links.self
  if (replayed === true && !isOwn && !fitsIn(spent, waitedMs())) {
    // It ran for an earlier call: nobody here waited for it, and to learn less than it took would be as wrong as to believe it.
    placement.observe({ type: 'cancelled', peer, cid: journey.header.cid, ms: 0 }, now())
    return
  }
  const metrics = isOwn ? spent : noMoreThan(spent, waitedMs())
  const small = 'ms' in seen && journey.body.bytes() + seen.bytes <= RTT_SAMPLE_MAX_BYTES && !on.presence.wasAway(at)
  // How late one's own answers come is known beforehand, for the line is one's own, and nobody has to be found out by it.
  const answered: Extract<Observation, { type: 'answered' }> = {
    type: 'answered',
    peer,
    cid: journey.header.cid,
    metrics,
  }
  if (small && replayed !== true && !isOwn) answered.ms = seen.ms
  placement.observe(answered, now())
  if ('toHeadMs' in seen) return
  // Its newest word, which may have come behind this answer: now that a call less is under way there, it says more of what others do.
  if (link?.state !== undefined) placement.observe({ type: 'state', peer, state: link.state }, now())
  const why = contradiction(trailer, seen.ms)
  if (why !== undefined) placement.observe({ type: 'caught', peer, why }, now())
  const onTheWayMs = seen.ms - runnerMs(told)
  if (small && !isOwn && onTheWayMs >= (measuredMs ?? Infinity) * RTT_SAMPLE_MIN_SHARE) {
    placement.observe({ type: 'rtt', peer, ms: onTheWayMs }, now())
  }
  if (small && replayed !== true && predicted !== undefined) on.scores.add(predicted, metrics, seen.ms)

  /** What is given again may have run during an earlier attempt of this call. */
  function waitedMs(): number {
    if ('toHeadMs' in seen) return seen.toHeadMs
    return replayed === true ? now() - journey.startedAt : seen.ms
  }
}

/** What a run took, by its runner's word, as far as runs are compared by it. */
function spentOn({ replayed, said, metrics }: CompleteTrailer, seen: Seen, rttMs: number | undefined): RunMetrics {
  if ('toHeadMs' in seen) return { ...metrics, runMs: untilHeadMs(metrics, seen.toHeadMs, rttMs) }
  return replayed === true ? { ...metrics, runMs: said.runMs } : metrics
}

/** No part of a run can have taken longer than `ms`, in which the answer came. */
function noMoreThan(metrics: RunMetrics, ms: number): RunMetrics {
  if (fitsIn(metrics, ms)) return metrics
  const { fetchMs, queueMs, startMs, runMs } = metrics
  return {
    ...metrics,
    fetchMs: Math.min(fetchMs, ms),
    queueMs: Math.min(queueMs, ms),
    startMs: Math.min(startMs, ms),
    runMs: Math.min(runMs, ms),
  }
}

/** What ended an attempt without an answer. */
export function observeFailure(on: CallComponents, journey: Journey, { peer, at }: Sent, error: HitherError): void {
  const { code, message, retry } = error
  const { cid, publisher } = journey.header
  const now = on.now()
  const away = on.presence.wasAway(at)
  // An unreachable peer refused nothing: it failed.
  const { broken } = journey.body
  const refused = retry === 'elsewhere' && code !== 'peer-unreachable' && broken === undefined
  on.placement.observe(ended(), now)
  journey.onProgress({ type: refused ? 'call:refused' : 'call:failed', peer, code, message })

  function ended(): Observation {
    // What it was waiting for was not its answer alone.
    if (broken !== undefined) return { type: 'cancelled', peer, cid, ms: 0 }
    // Nobody knows how long the answer took that it was not there to hear.
    if (away && code === 'timeout') return { type: 'cancelled', peer, cid, ms: 0 }
    if (code === 'cancelled') return { type: 'cancelled', peer, cid, ms: away ? 0 : now - at }
    if (!refused) return { type: 'failed', peer, cid, code }
    const retryAfterMs = retryAfterOf(error)
    return {
      type: 'refused',
      peer,
      cid,
      code,
      ...(publisher !== undefined && { publisher }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    }
  }
}

/** When a runner that refused may have a place, by its own word, in ms. */
export function retryAfterOf({ data }: HitherError): number | undefined {
  const ms = data?.['retryAfterMs']
  return typeof ms === 'number' && ms >= 0 && ms < Infinity ? ms : undefined
}

/** How long a stream lasts is its reader's affair, or its author's: what a runner is compared by is how soon it began. */
function untilHeadMs(told: RunMetrics, toHeadMs: number, rttMs = 0): number {
  return Math.max(0, toHeadMs - rttMs - (runnerMs(told) - told.runMs))
}
