import type { Placement, RunMetrics } from '@hither/core'
import { beforeEach, expect, test } from 'vitest'
import { router } from '../src/index.ts'
import { EVIDENCE_AGE_MAX_MS, EVIDENCE_MAX } from '../src/limits/evidence.ts'
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

test('what was seen is told with its age, and one day no more; who was wrong and did well since is forgiven', () => {
  meet(placement, 'slow', 10)
  answers('slow', 10, { runMs: 20 }, 500)
  expect(placement.evidence(10_009)).toMatchObject([{ peer: 'slow', ageMs: 10_000 }])
  expect(placement.evidence(10 + EVIDENCE_AGE_MAX_MS)).toEqual([])
  meet(placement, 'wrong', 10)
  placement.observe({ type: 'caught', peer: 'wrong', why: 'its answer does not fit its receipt' }, 0)
  answers('wrong', 50, { runMs: 20 }, 30)
  expect(placement.evidence(1000)).toMatchObject([{ peer: 'wrong', wrong: 1, ageMs: 1000 }, { peer: 'slow' }])
  expect(placement.evidence(EVIDENCE_AGE_MAX_MS + 1).map(({ peer }) => peer)).toEqual(['slow'])
})
