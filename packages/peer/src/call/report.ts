import { mayFail, type RunMetrics } from '@hither/core'
import type { CallPhases, CallReport, CallResult } from '../api.ts'
import type { Won } from './copies.ts'
import type { BegunAnswer, CallComponents, Journey } from './journey.ts'

/** The answer, with who runs it and why there. */
export function result(on: CallComponents, journey: Journey, { route, answer: { head, body, end } }: Won): CallResult {
  const { call, resolved, attempts } = journey
  const link = on.links.list().find(({ peer }) => peer === route.choice)
  return {
    call,
    ...head,
    body,
    cid: resolved.cid.toString(),
    ...(resolved.name !== undefined && { name: resolved.name }),
    ...(resolved.record !== undefined && { record: resolved.record }),
    peer: route.choice,
    ...(link !== undefined && { address: link.address }),
    ...(link?.rttMs !== undefined && { rttMs: link.rttMs }),
    route,
    attempts,
    report: mayFail(report(on, journey, end)),
  }
}

/** What is known at the answer's end. Its receipt is kept. */
async function report(on: CallComponents, journey: Journey, end: BegunAnswer['end']): Promise<CallReport> {
  const { trailer, ms } = await end
  const { metrics, receipt, seal, replayed } = trailer
  const { call, resolved, startedAt } = journey
  on.receipts.keep({ call, cid: resolved.cid, name: resolved.name, sealed: { receipt, seal } })
  return {
    cold: metrics.cold,
    phases: phases(journey, metrics, ms, on.now() - startedAt),
    metrics,
    receipt: { receipt, seal },
    replayed: replayed === true,
  }
}

/** What a runner says that it did itself, in ms. */
export function runnerMs({ fetchMs, queueMs, startMs, runMs }: RunMetrics): number {
  return fetchMs + queueMs + startMs + runMs
}

/** Time that belongs to no other phase went into attempts that came to nothing. */
function phases({ resolveMs, routeMs }: Journey, metrics: RunMetrics, attemptMs: number, totalMs: number): CallPhases {
  const { fetchMs, queueMs, startMs, runMs } = metrics
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
