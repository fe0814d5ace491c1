import type { Evidence, PeerId, RunMetrics } from '@hither/core'
import { MEAN_GAIN } from './limits/distance.ts'
import {
  EVIDENCE_CALLS_MIN,
  EVIDENCE_MAX,
  EVIDENCE_SLOWER_MIN,
  SLOWER_MAX,
  SLOWER_SLACK_MS,
} from './limits/evidence.ts'
import type { PeerRecord } from './peer-record.ts'

/** How far what a runner says of its work was from what its caller measured. */
export interface Honesty {
  calls: number
  /** How many times longer its calls took than it said, the way to it taken off. */
  slower: number
  wrong: number
}

/** A call of `ms` in all, over a way of `wayMs`, of which the runner said how it spent its part. */
export function compare(before: Honesty | undefined, metrics: RunMetrics, ms: number, wayMs: number): Honesty {
  const saidMs = metrics.fetchMs + metrics.queueMs + metrics.startMs + metrics.runMs
  const ratio = (Math.max(0, ms - wayMs) + SLOWER_SLACK_MS) / (saidMs + SLOWER_SLACK_MS)
  const seen = Math.min(SLOWER_MAX, Math.max(1, ratio))
  return {
    calls: (before?.calls ?? 0) + 1,
    slower: before === undefined ? seen : before.slower + MEAN_GAIN * (seen - before.slower),
    wrong: before?.wrong ?? 0,
  }
}

export function countWrong(before: Honesty | undefined): Honesty {
  const { calls, slower, wrong } = before ?? { calls: 1, slower: 1, wrong: 0 }
  return { calls, slower, wrong: wrong + 1 }
}

/** What others should know too. */
export function evidenceOf(records: Iterable<PeerRecord>): Evidence[] {
  return [...records]
    .flatMap(({ peer, honesty }) => (honesty === undefined ? [] : [tell(peer, honesty)]))
    .filter(({ calls, slower, wrong }) => wrong > 0 || (calls >= EVIDENCE_CALLS_MIN && slower >= EVIDENCE_SLOWER_MIN))
    .toSorted((a, b) => b.wrong - a.wrong || b.slower - a.slower)
    .slice(0, EVIDENCE_MAX)
}

function tell(peer: PeerId, { calls, slower, wrong }: Honesty): Evidence {
  return { peer, calls, slower, wrong }
}

/** How many times slower than it says one found a peer oneself; undefined before a few calls. */
export function slownessSeen(honesty: Honesty | undefined): number | undefined {
  return honesty === undefined || honesty.calls < EVIDENCE_CALLS_MIN ? undefined : honesty.slower
}
