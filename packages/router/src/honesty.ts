import type { Evidence, PeerId, RunMetrics } from '@hither/core'
import { halved } from './estimate.ts'
import { MEAN_GAIN } from './limits/distance.ts'
import {
  EVIDENCE_CALLS_MIN,
  EVIDENCE_FRESH_MS,
  EVIDENCE_MAX,
  EVIDENCE_SLOWER_MIN,
  SLOWER_MAX,
  SLOWER_SLACK_MS,
  WRONG_HALF_LIFE_MS,
} from './limits/evidence.ts'
import type { PeerRecord } from './peer-record.ts'

/** How far what a runner says of its work was from what its caller measured. */
export interface Honesty {
  calls: number
  /** How many times longer its calls took than it said, the way to it taken off. */
  slower: number
  wrong: number
  /** When it was last measured: what it was caught at fades from then on. */
  at: number
}

/** A call of `ms` in all, over a way of `wayMs`, of which the runner said how it spent its part. */
export function compare(
  before: Honesty | undefined,
  metrics: RunMetrics,
  ms: number,
  wayMs: number,
  now: number,
): Honesty {
  const ratio = (Math.max(0, ms - wayMs) + SLOWER_SLACK_MS) / (saidMs(metrics) + SLOWER_SLACK_MS)
  const seen = Math.min(SLOWER_MAX, Math.max(1, ratio))
  return {
    calls: (before?.calls ?? 0) + 1,
    slower: before === undefined ? seen : before.slower + MEAN_GAIN * (seen - before.slower),
    wrong: before === undefined ? 0 : wrongOf(before, now),
    at: now,
  }
}

export function countWrong(before: Honesty | undefined, now: number): Honesty {
  if (before === undefined) return { calls: 1, slower: 1, wrong: 1, at: now }
  return { ...before, wrong: wrongOf(before, now) + 1, at: now }
}

/** What others should know too, as long as it is fresh: who mends its ways is not told of for ever. */
export function evidenceOf(records: Iterable<PeerRecord>, now: number): Evidence[] {
  return [...records]
    .flatMap(({ peer, honesty }) => (honesty === undefined ? [] : tell(peer, honesty, now)))
    .filter(({ calls, slower, wrong }) => wrong > 0 || (calls >= EVIDENCE_CALLS_MIN && slower >= EVIDENCE_SLOWER_MIN))
    .toSorted((a, b) => b.wrong - a.wrong || b.slower - a.slower)
    .slice(0, EVIDENCE_MAX)
}

function tell(peer: PeerId, honesty: Honesty, now: number): Evidence[] {
  const { calls, slower, at } = honesty
  return now - at > EVIDENCE_FRESH_MS ? [] : [{ peer, calls, slower, wrong: Math.round(wrongOf(honesty, now)) }]
}

function wrongOf({ wrong, at }: Honesty, now: number): number {
  return wrong * halved(now - at, WRONG_HALF_LIFE_MS)
}

function saidMs({ fetchMs, queueMs, startMs, runMs }: RunMetrics): number {
  return fetchMs + queueMs + startMs + runMs
}

/** How many times slower than it says one found a peer oneself; undefined before a few calls. */
export function slownessSeen(honesty: Honesty | undefined): number | undefined {
  return honesty === undefined || honesty.calls < EVIDENCE_CALLS_MIN ? undefined : honesty.slower
}
