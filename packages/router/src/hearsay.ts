import type { Evidence, PeerId } from '@hither/core'
import { keep } from './bounded.ts'
import { halved } from './estimate.ts'
import { slownessSeen } from './honesty.ts'
import {
  EVIDENCE_CALLS_MIN,
  HEARSAY_CALLS,
  HEARSAY_HALF_LIFE_MS,
  HEARSAY_MAX_MS,
  SLOWER_MAX,
  WITNESS_AGREES,
  WITNESS_GAIN,
  WITNESS_QUORUM,
  WITNESS_TRUST,
  WITNESSES_MAX,
  WITNESSES_PER_PEER_MAX,
} from './limits/evidence.ts'
import type { PeerRecord } from './peer-record.ts'

/** What others measured of a peer, by witness. */
export type Hearsay = Map<PeerId, { slower: number; wrong: boolean; at: number }>

/** How far each witness was right before, from 0 to 1. */
export type Witnesses = Map<PeerId, number>

export function hearEvidence(record: PeerRecord, witnesses: Witnesses, by: PeerId, told: Evidence, now: number): void {
  const { calls, slower, wrong, ageMs } = told
  if (calls < EVIDENCE_CALLS_MIN && wrong === 0) return
  record.hearsay ??= new Map()
  const said = { slower: Math.min(SLOWER_MAX, Math.max(1, slower)), wrong: wrong > 0, at: now - ageMs }
  keep(record.hearsay, by, said, WITNESSES_PER_PEER_MAX)
  const own = slownessSeen(record.honesty)
  if (own === undefined) return
  const agrees = said.slower / own <= WITNESS_AGREES && own / said.slower <= WITNESS_AGREES ? 1 : 0
  const trust = trustIn(witnesses, by)
  keep(witnesses, by, trust + WITNESS_GAIN * (agrees - trust), WITNESSES_MAX)
}

/**
 * What the word of others adds to a prediction of `servedMs` at the runner, in ms. It counts in full only where those who say it
 * are trusted together, for as long as there is little of one's own to go by, and it is bounded: false witnesses can make a
 * runner seem somewhat worse, never lose it.
 */
export function hearsayMs(record: PeerRecord, witnesses: Witnesses, servedMs: number, now: number): number {
  if (record.hearsay === undefined) return 0
  let trust = 0
  let ms = 0
  for (const [by, { slower, wrong, at }] of record.hearsay) {
    const weight = trustIn(witnesses, by) * halved(now - at, HEARSAY_HALF_LIFE_MS)
    trust += weight
    ms += weight * Math.min(HEARSAY_MAX_MS, wrong ? HEARSAY_MAX_MS : (slower - 1) * servedMs)
  }
  if (trust === 0) return 0
  const own = HEARSAY_CALLS / (HEARSAY_CALLS + (record.honesty?.calls ?? 0))
  return own * Math.min(1, trust / WITNESS_QUORUM) * (ms / trust)
}

function trustIn(witnesses: Witnesses, by: PeerId): number {
  return witnesses.get(by) ?? WITNESS_TRUST
}
