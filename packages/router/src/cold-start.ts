import type { CID, RunMetrics } from '@hither/core'
import type { PeerRecord } from './peer-record.ts'

/** The last one that an answer of a peer told of. */
export interface ColdStart {
  /** Of which function, as text. */
  cid: string
  /** What it took, in ms, by the runner's word. */
  ms: number
  /** When the answer was here that had to wait for it. */
  endedAt: number
}

export function recordColdStart(
  record: PeerRecord,
  cid: CID,
  { cold, fetchMs, startMs }: RunMetrics,
  now: number,
): void {
  if (cold) record.coldStart = { cid: cid.toString(), ms: fetchMs + startMs, endedAt: now }
}

/**
 * How long a call that is answered now, after `ms`, may have waited for a cold start of its function: its own, or the one that another
 * call began. Of many calls that come at once to a runner where nothing is warm only the first is called cold, and all wait for the same.
 */
export function coldWaitMs({ coldStart }: PeerRecord, cid: CID, metrics: RunMetrics, ms: number, now: number): number {
  if (metrics.cold) return metrics.fetchMs + metrics.startMs
  if (coldStart === undefined || coldStart.cid !== cid.toString()) return 0
  return Math.max(0, Math.min(coldStart.ms, coldStart.endedAt - (now - ms)))
}
