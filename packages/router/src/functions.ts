import { CALL_MAX_MS, type PeerId, type RunMetrics } from '@hither/core'
import { keep } from './bounded.ts'
import { sample, type Estimate } from './estimate.ts'
import { COLD_DEFAULT_MS, COLD_MAX_MS, FUNCTIONS_MAX, SERVICE_DEFAULT_MS, WARM_PEERS_MAX } from './limits.ts'

/** What was learnt of a function from its answers, wherever they came from. */
export interface FunctionRecord {
  /** Its runs, in ms. */
  run: Estimate
  /** What its cold starts took, fetching included, in ms. */
  cold: Estimate | undefined
  /** Who answered last, and when. */
  answered: Map<PeerId, number>
}

/** By CID in text. */
export type Functions = Map<string, FunctionRecord>

export function learnAnswer(functions: Functions, cid: string, peer: PeerId, metrics: RunMetrics, now: number): void {
  const before = functions.get(cid)
  const startedMs = Math.min(COLD_MAX_MS, metrics.fetchMs + metrics.startMs)
  const after: FunctionRecord = {
    run: sample(before?.run, runMsOf(metrics), now),
    cold: metrics.cold ? sample(before?.cold, startedMs, now) : before?.cold,
    answered: before?.answered ?? new Map<PeerId, number>(),
  }
  keep(after.answered, peer, now, WARM_PEERS_MAX)
  keep(functions, cid, after, FUNCTIONS_MAX)
}

/** Runners state their own times: none is longer than a call may be. */
export function runMsOf({ runMs }: RunMetrics): number {
  return Math.min(CALL_MAX_MS, runMs)
}

export function serviceMs(known: FunctionRecord | undefined): number {
  return known?.run.mean ?? SERVICE_DEFAULT_MS
}

export function coldMs(known: FunctionRecord | undefined): number {
  return known?.cold?.mean ?? COLD_DEFAULT_MS
}
