import { CALL_MAX_MS, type PeerId, type RunMetrics } from '@hither/core'
import { keep } from './bounded.ts'
import { sample, type Estimate } from './estimate.ts'
import { FUNCTIONS_MAX, WARM_PEERS_MAX } from './limits/memory.ts'
import {
  COLD_DEFAULT_MS,
  COLD_MAX_MS,
  RUN_GAIN_MIN,
  RUN_PRIOR_SAMPLES,
  SERVICE_DEFAULT_MS,
  TAIL_SHARE,
  TRANSFER_BYTES_PER_MS,
  USUAL_COLD_MAX_MS,
} from './limits/run.ts'
import { sampleQuantile, type Quantile } from './quantile.ts'

/** What was learnt of a function from its answers, wherever they came from. */
export interface FunctionRecord {
  samples: number
  /** Its mean run on a usual machine, in ms. */
  runMs: number
  /** The mean logarithm of the same and one ms, by which machines are compared. */
  runLog: number
  /** What only one run in twenty exceeds. */
  tail: Quantile
  /** What its cold starts took, in ms. */
  cold: Estimate | undefined
  /** What fetching its bundle took where it was cold, in ms. */
  fetch: Estimate | undefined
  /** Who answered last, and when. */
  answered: Map<PeerId, number>
}

/** By CID in text. */
export type Functions = Map<string, FunctionRecord>

/** `slowness`: of the machine that ran it. */
export function learnAnswer(
  functions: Functions,
  cid: string,
  peer: PeerId,
  metrics: RunMetrics,
  slowness: number,
  now: number,
): FunctionRecord {
  const before = functions.get(cid)
  const samples = (before?.samples ?? 0) + 1
  const gain = Math.max(RUN_GAIN_MIN, 1 / samples)
  const runMs = runMsOf(metrics) / slowness
  const log = Math.log(runMs + 1)
  const { fetchMs, startMs, cold } = metrics
  const after: FunctionRecord = {
    samples,
    runMs: before === undefined ? runMs : before.runMs + gain * (runMs - before.runMs),
    runLog: before === undefined ? log : before.runLog + gain * (log - before.runLog),
    tail: sampleQuantile(before?.tail, runMs, TAIL_SHARE),
    cold: cold ? sample(before?.cold, Math.min(COLD_MAX_MS, startMs), now) : before?.cold,
    fetch: cold ? sample(before?.fetch, Math.min(COLD_MAX_MS, fetchMs), now) : before?.fetch,
    answered: before?.answered ?? new Map<PeerId, number>(),
  }
  keep(after.answered, peer, now, WARM_PEERS_MAX)
  keep(functions, cid, after, FUNCTIONS_MAX)
  return after
}

/** Runners state their own times: none is longer than a call may be. */
export function runMsOf({ runMs }: RunMetrics): number {
  return Math.min(CALL_MAX_MS, runMs)
}

/** Of a function that ran once or twice, that says less than what is usual for all. `typicalMs`: of all functions. */
export function serviceMs(known: FunctionRecord | undefined, typicalMs: number | undefined): number {
  if (known === undefined) return typicalMs ?? SERVICE_DEFAULT_MS
  const prior = RUN_PRIOR_SAMPLES / (RUN_PRIOR_SAMPLES + known.samples)
  return prior * (typicalMs ?? known.runMs) + (1 - prior) * known.runMs
}

/** What cold starts of all functions took: most are seen cold too seldom to know their own. */
export interface UsualCold {
  cold: Estimate | undefined
  fetch: Estimate | undefined
}

export function learnCold({ cold, fetch }: UsualCold, { startMs, fetchMs }: RunMetrics, now: number): UsualCold {
  return {
    cold: sample(cold, Math.min(USUAL_COLD_MAX_MS, startMs), now),
    fetch: sample(fetch, Math.min(USUAL_COLD_MAX_MS, fetchMs), now),
  }
}

export function coldMs(known: FunctionRecord | undefined, usual?: UsualCold): number {
  return (known?.cold ?? usual?.cold)?.mean ?? COLD_DEFAULT_MS
}

/** What fetching a bundle takes: of one whose length is not known, as long as of others. */
export function transferMs(known: FunctionRecord | undefined, bytes: number | undefined, usual?: UsualCold): number {
  if (known?.fetch !== undefined) return known.fetch.mean
  return bytes === undefined ? (usual?.fetch?.mean ?? 0) : bytes / TRANSFER_BYTES_PER_MS
}
