import type { Placement, RunMetrics } from '@hither/core'
import { beforeEach, expect, test } from 'vitest'
import { router } from '../src/index.ts'
import { EVIDENCE_FRESH_MS, EVIDENCE_MAX, WRONG_HALF_LIFE_MS } from '../src/limits/evidence.ts'
import { CID_A, meet, metrics, seeded } from './fixtures.ts'

let placement: Placement
beforeEach(() => {
  placement = router()({ random: seeded(1) })
})

function answers(peer: string, times: number, said: Partial<RunMetrics>, ms: number): void {
  for (let i = 0; i < times; i++) {
    placement.observe({ type: 'sent', peer, cid: CID_A }, i)
    placement.observe({ type: 'answered', peer, cid: CID_A, metrics: metrics(said), ms }, i)
  }
}

test('a runner that does as it says is no news', () => {
  meet(placement, 'p', 10)
  answers('p', 50, { queueMs: 30, runMs: 100 }, 145)
  expect(placement.evidence(100)).toEqual([])
})

test('one whose calls take much longer than it says is, once a few have', () => {
  meet(placement, 'p', 10)
  answers('p', 2, { runMs: 20 }, 500)
  expect(placement.evidence(100)).toEqual([])
  answers('p', 20, { runMs: 20 }, 500)
  const [told] = placement.evidence(100)
  expect(told).toMatchObject({ peer: 'p', calls: 22, wrong: 0 })
  expect(told?.slower).toBeGreaterThan(5)
})

test('so is one that was caught, once and first of all; and what is told is bounded', () => {
  for (let i = 0; i < 2 * EVIDENCE_MAX; i++) {
    meet(placement, `slow ${i}`, 10)
    answers(`slow ${i}`, 10, { runMs: 20 }, 500)
  }
  meet(placement, 'wrong', 10)
  placement.observe({ type: 'caught', peer: 'wrong', why: 'its answer does not fit its receipt' }, 0)
  const told = placement.evidence(100)
  expect(told).toHaveLength(EVIDENCE_MAX)
  expect(told[0]).toMatchObject({ peer: 'wrong', wrong: 1 })
})

test('what was measured long ago is told no more, and wrong answers fade', () => {
  meet(placement, 'p', 10)
  answers('p', 20, { runMs: 20 }, 500)
  placement.observe({ type: 'caught', peer: 'p', why: 'its answer does not fit its receipt' }, 20)
  expect(placement.evidence(1000)).toMatchObject([{ peer: 'p', wrong: 1 }])
  expect(placement.evidence(1000 + EVIDENCE_FRESH_MS)).toEqual([])
  const later = 20 + 2 * WRONG_HALF_LIFE_MS
  placement.observe({ type: 'sent', peer: 'p', cid: CID_A }, later)
  placement.observe({ type: 'answered', peer: 'p', cid: CID_A, metrics: metrics(), ms: 30 }, later)
  expect(placement.evidence(later)).toMatchObject([{ peer: 'p', wrong: 0 }])
})
