import type { Placement } from '@hither/core'
import { beforeEach, expect, test } from 'vitest'
import { router } from '../src/index.ts'
import { CID_A, idle, meet, query, seeded } from './fixtures.ts'

let placement: Placement
beforeEach(() => {
  placement = router()({ random: seeded(1) })
})

const FULL = idle({ busy: 4, queued: 1 })

function refuse(peer: string, code: 'busy' | 'draining' | 'not-admitted'): void {
  placement.observe({ type: 'sent', peer, cid: CID_A }, 0)
  placement.observe({ type: 'refused', peer, cid: CID_A, publisher: 'k1', code }, 0)
}

function fail(peer: string): void {
  for (let i = 0; i < 3; i++) {
    placement.observe({ type: 'sent', peer, cid: CID_A }, 0)
    placement.observe({ type: 'failed', peer, cid: CID_A, code: 'timeout' }, 0)
  }
}

test('the only runner is asked although it was full, and the route says both', () => {
  meet(placement, 'full', 5, 0, FULL)
  const { choice, candidates, skipped } = placement.route(query(), 1)
  expect(choice).toBe('full')
  expect(candidates.map(({ peer }) => peer)).toEqual(['full'])
  expect(skipped).toEqual([
    { peer: 'full', why: 'full: 4 of 4 slots busy, 1 waiting; asked all the same, since nobody else is left' },
  ])
})

test('anybody who is free comes before, however far', () => {
  meet(placement, 'full', 1, 0, FULL)
  meet(placement, 'free', 2000)
  expect(placement.route(query(), 1).choice).toBe('free')
})

test('a full one comes before one that was busy, that one before one that fails; among equals the best', () => {
  meet(placement, 'failing', 1)
  meet(placement, 'busy', 2)
  meet(placement, 'full far', 60, 0, FULL)
  meet(placement, 'full near', 40, 0, FULL)
  refuse('busy', 'busy')
  fail('failing')
  const order: string[] = []
  for (let i = 0; i < 5; i++) {
    const { choice } = placement.route(query({ tried: new Set(order) }), 1)
    if (choice !== undefined) order.push(choice)
  }
  expect(order).toEqual(['full near', 'full far', 'busy', 'failing'])
})

test('of two that are full, the nearer loses by a longer queue', () => {
  meet(placement, 'near', 5, 0, idle({ busy: 4, queued: 40 }))
  meet(placement, 'far', 10, 0, FULL)
  expect(placement.route(query(), 1).choice).toBe('far')
})

test('one that fails does not pass for merely busy', () => {
  meet(placement, 'failing', 1)
  meet(placement, 'busy', 50)
  fail('failing')
  refuse('failing', 'busy')
  refuse('busy', 'busy')
  expect(placement.route(query(), 1).choice).toBe('busy')
})

test('a no that lasts is a no', () => {
  meet(placement, 'draining', 1)
  meet(placement, 'strict', 2)
  refuse('draining', 'draining')
  refuse('strict', 'not-admitted')
  const { choice, candidates, skipped } = placement.route(query({ publisher: 'k1' }), 1)
  expect(choice).toBeUndefined()
  expect(candidates).toEqual([])
  expect(skipped.map(({ why }) => why)).toEqual([
    'is shutting down (said 0.0 s ago)',
    "does not run this publisher's code (said 0.0 s ago)",
  ])
})

test('a full one that also said no for longer is not asked', () => {
  meet(placement, 'both', 1, 0, FULL)
  refuse('both', 'not-admitted')
  expect(placement.route(query({ publisher: 'k1' }), 1).choice).toBeUndefined()
  expect(placement.route(query({ publisher: 'k2' }), 1).choice).toBe('both')
})
