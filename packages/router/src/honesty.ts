import type { Evidence, PeerId, RunMetrics } from '@hither/core'
import { MEAN_GAIN } from './limits/distance.ts'
import {
  EVIDENCE_AGE_MAX_MS,
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
  /** When its last call ended, and when it was last wrong, in ms. */
  at: number
  wrongAt: number
}

/** A call of `ms` in all, over a way of `wayMs`, of which the runner said how it spent its part. */
export function compare(
  before: Honesty | undefined,
  metrics: RunMetrics,
  ms: number,
  wayMs: number,
  now: number,
): Honesty {
  const saidMs = metrics.fetchMs + metrics.queueMs + metrics.startMs + metrics.runMs
  const ratio = (Math.max(0, ms - wayMs) + SLOWER_SLACK_MS) / (saidMs + SLOWER_SLACK_MS)
  const seen = Math.min(SLOWER_MAX, Math.max(1, ratio))
  return {
    calls: (before?.calls ?? 0) + 1,
    slower: before === undefined ? seen : before.slower + MEAN_GAIN * (seen - before.slower),
    wrong: before?.wrong ?? 0,
    at: now,
    wrongAt: before?.wrongAt ?? 0,
  }
}

export function countWrong(before: Honesty | undefined, now: number): Honesty {
  const { calls, slower, wrong, at } = before ?? { calls: 1, slower: 1, wrong: 0, at: now }
  return { calls, slower, wrong: wrong + 1, at, wrongAt: now }
}

/** What others should know too, with how old it is: an old story is told no more. */
export function evidenceOf(records: Iterable<PeerRecord>, now: number): Evidence[] {
  return [...records]
    .flatMap(({ peer, honesty }) => (honesty === undefined ? [] : [tell(peer, honesty, now)]))
    .filter(({ ageMs }) => ageMs <= EVIDENCE_AGE_MAX_MS)
    .filter(({ calls, slower, wrong }) => wrong > 0 || (calls >= EVIDENCE_CALLS_MIN && slower >= EVIDENCE_SLOWER_MIN))
    .toSorted((a, b) => b.wrong - a.wrong || b.slower - a.slower)
    .slice(0, EVIDENCE_MAX)
}

/** Who was wrong long ago is told of only by how it did since. */
function tell(peer: PeerId, { calls, slower, wrong, at, wrongAt }: Honesty, now: number): Evidence {
  const lately = wrong > 0 && now - wrongAt <= EVIDENCE_AGE_MAX_MS
  return { peer, calls, slower, wrong: lately ? wrong : 0, ageMs: now - (lately ? wrongAt : at) }
}

/** How many times slower than it says one found a peer oneself; undefined before a few calls. */
export function slownessSeen(honesty: Honesty | undefined): number | undefined {
  return honesty === undefined || honesty.calls < EVIDENCE_CALLS_MIN ? undefined : honesty.slower
}
