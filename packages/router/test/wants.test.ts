import type { Coordinate, Placement } from '@hither/core'
import { expect, test } from 'vitest'
import { router } from '../src/index.ts'
import { TOLD_MAX_MS, WANTS_MAX } from '../src/limits/choice.ts'
import { idle, meet, query, seeded } from './fixtures.ts'

const at = (ms: number): Coordinate => ({ at: [ms, 0, 0, 0], heightMs: 0, error: 0.1 })

/** Runners at 1, 2, 3, … ms that others told of. */
function told(count: number): Placement {
  const placement = router()({ random: seeded(1) })
  for (let i = 1; i <= count; i++) {
    placement.observe({ type: 'advert', peer: `at ${i}`, coordinate: at(i), state: idle(), ageMs: 500 }, 1000)
  }
  return placement
}

test('few are all wanted', () => {
  expect(told(5).wants(1000)).toEqual(['at 1', 'at 2', 'at 3', 'at 4', 'at 5'])
})

test('of many, the nearest and some in every distance, and no more for a hundred times as many', () => {
  const wanted = told(10_000).wants(1000)
  expect(wanted).toHaveLength(WANTS_MAX)
  expect(wanted.slice(0, WANTS_MAX / 2)).toEqual(Array.from({ length: WANTS_MAX / 2 }, (_, i) => `at ${i + 1}`))
  const far = wanted.map((peer) => Number(peer.slice(3))).filter((ms) => ms > 1000)
  expect(far.length).toBeGreaterThanOrEqual(3)
})

test('who was not told of again for as long as adverts live is wanted no longer, and can be told of anew', () => {
  const placement = told(5)
  expect(placement.wants(1000 + TOLD_MAX_MS)).toEqual([])
  placement.observe({ type: 'advert', peer: 'at 2', coordinate: at(2), state: idle(), ageMs: 0 }, 200_000)
  expect(placement.wants(200_000)).toEqual(['at 2'])
})

test('who has a link already stays wanted: links do not come and go by chance', () => {
  const placement = told(1000)
  const first = placement.wants(1000)
  for (const peer of first) meet(placement, peer, Number(peer.slice(3)), 1000)
  expect(placement.wants(2000).toSorted()).toEqual(first.toSorted())
})

test('who is known by the word of others is wanted, but not chosen before there is a link', () => {
  const placement = told(1)
  const { choice, skipped } = placement.route(query(), 1000)
  expect(choice).toBeUndefined()
  expect(skipped).toHaveLength(1)
  placement.observe({ type: 'up', peer: 'at 1' }, 1100)
  expect(placement.route(query(), 1200).choice).toBe('at 1')
})
