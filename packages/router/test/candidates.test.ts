import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { farRanks } from '../src/candidates.ts'
import { router } from '../src/index.ts'
import { CANDIDATES_FAR, CANDIDATES_NEAR, SKIPPED_MAX } from '../src/limits/choice.ts'
import { WARM_PEERS_MAX } from '../src/limits/memory.ts'
import { CID_A, idle, meet, metrics, query, seeded } from './fixtures.ts'
import type { Placement } from '@hither/core'

/** Runners at 1, 2, 3, … ms, named by their distance. */
function row(count: number, placement: Placement = router()({ random: seeded(1) })): Placement {
  for (let i = 1; i <= count; i++) meet(placement, `at ${i}`, i)
  return placement
}

const distances = (placement: Placement): number[] =>
  placement
    .route(query(), 1)
    .candidates.map(({ peer }) => Number(peer.slice(3)))
    .sort((a, b) => a - b)

describe('ranks beyond the nearest', () => {
  test('few are all taken', () => {
    expect(farRanks(8, 8)).toEqual([])
    expect(farRanks(8, 16)).toEqual([8, 9, 10, 11, 12, 13, 14, 15])
  })

  test('many are spread from the next to the last', () => {
    expect(farRanks(8, 10_001)).toEqual([8, 16, 31, 60, 114, 217, 412, 780, 1476, 2793, 5285, 10_000])
  })

  test('of any number, they are distinct, in order, within, and bounded', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(20_000), (from, count) => {
        const ranks = farRanks(from, count)
        expect(ranks.length).toBe(Math.min(CANDIDATES_FAR, Math.max(0, count - from)))
        expect(ranks).toEqual([...new Set(ranks)].sort((a, b) => a - b))
        for (const rank of ranks) {
          expect(rank).toBeGreaterThanOrEqual(from)
          expect(rank).toBeLessThan(count)
        }
      }),
    )
  })
})

test('up to sixteen runners, all are weighed', () => {
  expect(distances(row(16))).toHaveLength(16)
})

test('of many, the nearest and some up to the farthest are', () => {
  const found = distances(row(1000))
  expect(found).toHaveLength(CANDIDATES_NEAR + CANDIDATES_FAR)
  expect(found.slice(0, CANDIDATES_NEAR)).toEqual(Array.from({ length: CANDIDATES_NEAR }, (_, i) => 1 + i))
  expect(found.at(-1)).toBe(1000)
})

test('those that cannot be chosen make room for the next', () => {
  const placement = row(1000)
  for (let i = 1; i <= 20; i++) {
    const full = idle({ busy: 4, queued: 1 })
    placement.observe({ type: 'state', peer: `at ${i}`, state: full }, 0)
  }
  expect(distances(placement).slice(0, CANDIDATES_NEAR)).toEqual(
    Array.from({ length: CANDIDATES_NEAR }, (_, i) => 21 + i),
  )
})

test('those that pause do not even stand in the way', () => {
  const placement = row(1000)
  for (let i = 1; i <= 900; i++) {
    placement.observe({ type: 'state', peer: `at ${i}`, state: idle({ accepting: false }) }, 0)
  }
  expect(distances(placement)[0]).toBe(901)
})

test('whoever answered the function last is weighed however far it is', () => {
  const placement = row(1000)
  placement.observe({ type: 'answered', peer: 'at 777', cid: CID_A, metrics: metrics() }, 0)
  expect(distances(placement)).toContain(777)
})

test('but once, if it is also near', () => {
  const placement = row(3)
  placement.observe({ type: 'answered', peer: 'at 1', cid: CID_A, metrics: metrics() }, 0)
  expect(distances(placement)).toEqual([1, 2, 3])
})

test('reasons are bounded where none of many can be chosen', () => {
  const { skipped } = row(100).route(query({ needs: ['wasm'] }), 1)
  expect(skipped).toHaveLength(SKIPPED_MAX)
})

test('what is listed is bounded too', () => {
  const placement = row(100)
  for (let i = 0; i < 1000; i++) placement.observe({ type: 'up', peer: `phone ${i}` }, 0)
  const { candidates, skipped } = placement.route(query(), 1)
  expect(candidates.length).toBeLessThanOrEqual(CANDIDATES_NEAR + CANDIDATES_FAR + WARM_PEERS_MAX)
  expect(skipped).toHaveLength(SKIPPED_MAX)
})

test('whom a call requires by name is found however many are nearer', () => {
  const placement = row(500)
  expect(placement.route(query({ require: ['at 333'] }), 1).choice).toBe('at 333')
})

test('where a publisher’s machines are to be avoided, only those are chosen that are proven to be of others', () => {
  const placement = row(3)
  const avoid = [{ publisher: 'foe' }]
  expect(placement.route(query({ avoid }), 1).choice).toBeUndefined()
  placement.observe({ type: 'owner', peer: 'at 1', publisher: 'foe' }, 1)
  placement.observe({ type: 'owner', peer: 'at 2', publisher: 'friend' }, 1)
  expect(placement.route(query({ avoid }), 1).choice).toBe('at 2')
})
