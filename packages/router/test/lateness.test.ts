import type { PeerId, Placement } from '@hither/core'
import { expect, test } from 'vitest'
import { router } from '../src/index.ts'
import { recordLateness } from '../src/lateness.ts'
import { memory } from '../src/memory.ts'
import { newRecord } from '../src/peer-record.ts'
import { CID_A, meet, metrics, query, seeded } from './fixtures.ts'

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
  recordLateness(record, all, metrics({ runMs: RUN_MS }), 300 + RUN_MS + 3000, 100_000)
  expect(record.trial).toBeUndefined()
  recordLateness(record, all, metrics({ runMs: RUN_MS }), 300 + RUN_MS + 3000, 100_000)
  expect(record.trial).toBeDefined()
})

test('what a call waited, as its runner says, is no reason to try it rarely, as far as a short queue may take that long', () => {
  const all = memory(seeded(1), undefined)
  const onTrial = (queueMs: number, lateMs: number): boolean => {
    const record = { ...newRecord('runner'), holdMs: 1000 }
    for (let i = 0; i < 12; i++) {
      recordLateness(record, all, metrics({ runMs: RUN_MS, queueMs }), 300 + RUN_MS + lateMs, 100_000)
      // What is usual is not looked at here.
      all.usualLateMs = 0
    }
    return record.trial !== undefined
  }
  expect(onTrial(1500, 1500)).toBe(false)
  expect(onTrial(0, 1500)).toBe(true)
  expect(onTrial(20_000, 20_000)).toBe(true)
})
