import type { RunMetrics } from '@hither/core'
import type { CallPhases, CallResult } from '../api.ts'
import type { CallComponents, ChosenRoute, CompleteAnswer, Journey } from './journey.ts'

/** The answer, with who ran it, why there, and where the time went. */
export function report(
  { links, now }: CallComponents,
  journey: Journey,
  route: ChosenRoute,
  { head, body, trailer }: CompleteAnswer,
): CallResult {
  const { resolved, attempts, startedAt } = journey
  const { metrics, receipt } = trailer
  const link = links.list().find(({ peer }) => peer === route.choice)
  return {
    ...head,
    body,
    cid: resolved.cid.toString(),
    ...(resolved.name !== undefined && { name: resolved.name }),
    ...(resolved.record !== undefined && { record: resolved.record }),
    peer: route.choice,
    ...(link !== undefined && { address: link.address }),
    ...(link?.rttMs !== undefined && { rttMs: link.rttMs }),
    cold: metrics.cold,
    route,
    attempts,
    phases: phases(journey, metrics, now() - startedAt),
    metrics,
    receipt,
    replayed: trailer.replayed === true,
  }
}

/** What a runner says that it did itself, in ms. */
export function runnerMs({ fetchMs, queueMs, startMs, runMs }: RunMetrics): number {
  return fetchMs + queueMs + startMs + runMs
}

/** Time that belongs to no other phase went into attempts that came to nothing. */
function phases({ resolveMs, routeMs, attempts }: Journey, metrics: RunMetrics, totalMs: number): CallPhases {
  const { fetchMs, queueMs, startMs, runMs } = metrics
  const attemptMs = attempts.at(-1)?.ms ?? 0
  return {
    resolveMs,
    routeMs,
    retriesMs: Math.max(0, totalMs - attemptMs - resolveMs - routeMs),
    networkMs: Math.max(0, attemptMs - runnerMs(metrics)),
    fetchMs,
    queueMs,
    startMs,
    runMs,
    totalMs,
  }
}
