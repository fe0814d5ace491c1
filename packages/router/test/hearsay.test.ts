import type { Placement } from '@hither/core'
import { beforeEach, expect, test } from 'vitest'
import { router } from '../src/index.ts'
import { HEARSAY_MAX_MS } from '../src/limits/evidence.ts'
import { CID_A, meet, metrics, query, seeded } from './fixtures.ts'

let placement: Placement
beforeEach(() => {
  placement = router()({ random: seeded(1) })
  meet(placement, 'p', 10)
})

function told(by: string, slower: number, peer = 'p', now = 0, ageMs = 0): void {
  placement.observe({ type: 'evidence', by, peer, calls: 20, slower, wrong: 0, ageMs }, now)
}

function answers(times: number, ms: number, peer = 'p'): void {
  for (let i = 0; i < times; i++) {
    placement.observe({ type: 'sent', peer, cid: CID_A }, i)
    placement.observe({ type: 'answered', peer, cid: CID_A, metrics: metrics(), ms }, i)
  }
}

const penaltyMs = (now = 0): number => placement.route(query(), now).candidates[0]?.predicted.penaltyMs ?? NaN

test('what one stranger says counts for little, what four say in full', () => {
  told('w1', 5)
  const one = penaltyMs()
  for (const by of ['w2', 'w3', 'w4']) told(by, 5)
  expect(one).toBeGreaterThan(0)
  expect(penaltyMs()).toBeCloseTo(4 * one)
})

test('any number of false witnesses cannot make a runner worse than by a bound, nor for long', () => {
  for (let i = 0; i < 100; i++) told(`w${i}`, 1e9)
  expect(penaltyMs()).toBeLessThanOrEqual(HEARSAY_MAX_MS)
  expect(placement.route(query(), 0).choice).toBe('p')
  expect(penaltyMs(10 * 60_000)).toBeLessThan(1)
})

test('an old story counts as little as when it was first told, however often it is told again', () => {
  for (const by of ['w1', 'w2', 'w3', 'w4']) told(by, 5)
  const fresh = penaltyMs()
  for (let minutes = 1; minutes <= 5; minutes++) {
    for (const by of ['w1', 'w2', 'w3', 'w4']) told(by, 5, 'p', minutes * 60_000, minutes * 60_000)
  }
  expect(penaltyMs(5 * 60_000)).toBeLessThan(fresh / 20)
})

test('own calls overrule them', () => {
  for (const by of ['w1', 'w2', 'w3', 'w4']) told(by, 100)
  const before = penaltyMs()
  answers(36, 30)
  expect(penaltyMs(36)).toBeLessThan(before / 9)
})

test('a witness that was right before is believed alone, one that was wrong not at all', () => {
  meet(placement, 'slow', 500)
  answers(20, 2500, 'slow')
  for (let i = 0; i < 20; i++) {
    told('right', 60, 'slow')
    told('wrong', 1, 'slow')
  }
  told('wrong', 50)
  expect(penaltyMs()).toBeLessThan(5)
  told('right', 50)
  expect(penaltyMs()).toBeGreaterThan(50)
})
