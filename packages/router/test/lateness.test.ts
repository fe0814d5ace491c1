import type { CID, PeerId, Placement, RunMetrics } from '@hither/core'
import { expect, test } from 'vitest'
import { router } from '../src/index.ts'
import { recordLateness } from '../src/lateness.ts'
import { memory } from '../src/memory.ts'
import { newRecord } from '../src/peer-record.ts'
import { CID_A, CID_B, meet, metrics, query, seeded } from './fixtures.ts'

const RUN_MS = 10

/** What the way to each takes, in ms. */
const WAYS: Record<PeerId, number> = { near: 2, next: 20 }

/** Calls, one after the other, whose answers come so many ms later than way and run explain; who ran each. */
function calls(placement: Placement, count: number, lateMs: (peer: PeerId) => number, from = 0): PeerId[] {
  return Array.from({ length: count }, (_, i) => {
    const at = from + i * 50
    const peer = placement.route(query(), at).choice ?? ''
    placement.observe({ type: 'sent', peer, cid: CID_A }, at)
    const ms = (WAYS[peer] ?? 0) + RUN_MS + lateMs(peer)
    placement.observe({ type: 'answered', peer, cid: CID_A, metrics: metrics({ runMs: RUN_MS }), ms }, at + ms)
    placement.observe({ type: 'rtt', peer, ms: WAYS[peer] ?? 0 }, at + ms)
    return peer
  })
}

function known(): Placement {
  const placement = router()({ random: seeded(1) })
  for (const [peer, ms] of Object.entries(WAYS)) for (let i = 0; i < 8; i++) meet(placement, peer, ms)
  return placement
}

const shareOf = (peers: PeerId[], one: PeerId): number => peers.filter((peer) => peer === one).length / peers.length

test('what all answers are late by, as on a busy machine of the caller, leaves the nearest the nearest', () => {
  const random = seeded(2)
  const ran = calls(known(), 400, () => 60 * random())
  expect(shareOf(ran, 'near')).toBeGreaterThan(0.98)
})

test('a runner that begins to be late is left, also where all were a little late before', () => {
  const placement = known()
  calls(placement, 400, () => 5)
  const ran = calls(placement, 200, (peer) => (peer === 'near' ? 600 : 5), 400 * 50)
  expect(shareOf(ran.slice(20), 'next')).toBeGreaterThan(0.9)
})

test('what was late because its link was dying is not held against a runner that is back', () => {
  const placement = known()
  calls(placement, 100, () => 5)
  calls(placement, 20, (peer) => (peer === 'near' ? 2000 : 5), 5000)
  placement.observe({ type: 'down', peer: 'near' }, 6000)
  for (let i = 0; i < 8; i++) meet(placement, 'near', 2)
  expect(
    shareOf(
      calls(placement, 50, () => 5, 7000),
      'near',
    ),
  ).toBeGreaterThan(0.5)
})

test('one answer that was late by some seconds is chance, several are not', () => {
  const all = memory(seeded(1), undefined)
  const record = newRecord('runner')
  recordLateness(record, all, { cid: CID_A, metrics: metrics({ runMs: RUN_MS }), ms: 300 + RUN_MS + 3000 }, 100_000)
  expect(record.trial).toBeUndefined()
  recordLateness(record, all, { cid: CID_A, metrics: metrics({ runMs: RUN_MS }), ms: 300 + RUN_MS + 3000 }, 100_000)
  expect(record.trial).toBeDefined()
})

test('what a call waited, as its runner says, is no reason to try it rarely, as far as a short queue may take that long', () => {
  const all = memory(seeded(1), undefined)
  const onTrial = (queueMs: number, lateMs: number): boolean => {
    const record = { ...newRecord('runner'), holdMs: 1000 }
    for (let i = 0; i < 12; i++) {
      const ms = 300 + RUN_MS + lateMs
      recordLateness(record, all, { cid: CID_A, metrics: metrics({ runMs: RUN_MS, queueMs }), ms }, 100_000)
      // What is usual is not looked at here.
      all.usualLateMs = 0
    }
    return record.trial !== undefined
  }
  expect(onTrial(1500, 1500)).toBe(false)
  expect(onTrial(0, 1500)).toBe(true)
  expect(onTrial(20_000, 20_000)).toBe(true)
})

/** So many calls at once to where nothing is warm, of which the first is the cold one; then what the next is predicted to wait there. */
function queueAfterBurst(of: { waited: CID; waitedMs: number; coldMs: number }): number {
  const placement = known()
  const answer = (cid: CID, parts: Partial<RunMetrics>, ms: number): void => {
    placement.observe({ type: 'sent', peer: 'near', cid }, 1000)
    placement.observe({ type: 'answered', peer: 'near', cid, metrics: metrics(parts), ms }, 1000 + ms)
  }
  answer(CID_A, { runMs: RUN_MS, cold: true, startMs: of.coldMs }, of.coldMs + RUN_MS + 2)
  for (let i = 0; i < 8; i++) answer(of.waited, { runMs: RUN_MS }, of.waitedMs + RUN_MS + 2)
  const { candidates } = placement.route(query(), 5000)
  return candidates.find(({ peer }) => peer === 'near')?.predicted.queueMs ?? Number.NaN
}

test('what calls waited behind the cold start of another is no lateness, as far as that took so long, and of the same function', () => {
  expect(queueAfterBurst({ waited: CID_A, waitedMs: 800, coldMs: 800 })).toBe(0)
  expect(queueAfterBurst({ waited: CID_A, waitedMs: 2800, coldMs: 800 })).toBeGreaterThan(100)
  expect(queueAfterBurst({ waited: CID_B, waitedMs: 800, coldMs: 800 })).toBeGreaterThan(100)
})

test('a call that was sent when a cold start was over did not wait for it', () => {
  const placement = known()
  const answer = (parts: Partial<RunMetrics>, ms: number, at: number): void => {
    placement.observe({ type: 'sent', peer: 'near', cid: CID_A }, at - ms)
    placement.observe({ type: 'answered', peer: 'near', cid: CID_A, metrics: metrics(parts), ms }, at)
  }
  answer({ runMs: RUN_MS, cold: true, startMs: 800 }, 812, 2000)
  for (let i = 0; i < 8; i++) answer({ runMs: RUN_MS }, 812, 2900 + i)
  const { candidates } = placement.route(query(), 3000)
  expect(candidates.find(({ peer }) => peer === 'near')?.predicted.queueMs).toBeGreaterThan(100)
})
