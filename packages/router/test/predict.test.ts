import type { Placement, Prediction, RunnerState } from '@hither/core'
import { beforeEach, expect, test } from 'vitest'
import { router } from '../src/index.ts'
import { RTT_UNKNOWN_MS } from '../src/limits/distance.ts'
import { FAULT_HALF_LIFE_MS } from '../src/limits/faults.ts'
import { HOLD_DEFAULT_MS } from '../src/limits/load.ts'
import { COLD_DEFAULT_MS, SERVICE_DEFAULT_MS, WARM_MEMORY_MS } from '../src/limits/run.ts'
import { CID_A, CID_B, idle, meet, metrics, query, seeded, warmWith } from './fixtures.ts'

let placement: Placement
beforeEach(() => {
  placement = router()({ random: seeded(1) })
})

function predicted(now = 0, peer = 'p'): Prediction {
  const found = placement.route(query(), now).candidates.find((one) => one.peer === peer)
  expect.assert(found !== undefined)
  return found.predicted
}

function hears(state: Partial<RunnerState>, now = 0): void {
  placement.observe({ type: 'state', peer: 'p', state: idle(state) }, now)
}

function answers(runMs: number, now = 0, cid = CID_A): void {
  placement.observe({ type: 'sent', peer: 'p', cid }, now)
  placement.observe({ type: 'answered', peer: 'p', cid, metrics: metrics({ runMs }) }, now)
}

test('of a stranger every part has a default', () => {
  placement.observe({ type: 'up', peer: 'p' }, 0)
  hears({})
  expect(predicted()).toEqual({
    networkMs: RTT_UNKNOWN_MS,
    queueMs: 0,
    priceMs: 0,
    transferMs: 0,
    coldMs: COLD_DEFAULT_MS,
    serviceMs: SERVICE_DEFAULT_MS,
    penaltyMs: 0,
    totalMs: RTT_UNKNOWN_MS + COLD_DEFAULT_MS + SERVICE_DEFAULT_MS,
  })
})

test('a free slot means no wait; none means waiting for one of those that hold them', () => {
  meet(placement, 'p', 5, 0, idle({ slots: 2, busy: 1 }))
  expect(predicted().queueMs).toBe(0)
  hears({ slots: 2, busy: 2 })
  expect(predicted().queueMs).toBe(HOLD_DEFAULT_MS / 2)
})

test('what its slots were held for is learnt from own calls there', () => {
  meet(placement, 'p', 5)
  answers(30)
  hears({ slots: 1, busy: 1 })
  expect(predicted().queueMs).toBe(30)
})

test('its price is added as it is', () => {
  meet(placement, 'p', 5, 0, idle({ priceMs: 17 }))
  expect(predicted()).toMatchObject({ queueMs: 0, priceMs: 17 })
})

test('own calls count from the moment they are sent, and are not counted twice when it names them', () => {
  meet(placement, 'p', 5, 0, idle({ slots: 1 }))
  placement.observe({ type: 'sent', peer: 'p', cid: CID_B }, 0)
  expect(predicted().queueMs).toBe(HOLD_DEFAULT_MS)
  hears({ slots: 1, busy: 1 })
  expect(predicted().queueMs).toBe(HOLD_DEFAULT_MS)
  placement.observe({ type: 'failed', peer: 'p', cid: CID_B, code: 'handler-failed' }, 0)
  expect(predicted().queueMs).toBe(0)
})

test('an own call that has taken long is expected to take as long again', () => {
  meet(placement, 'p', 0, 0, idle({ slots: 1 }))
  answers(5, 0, CID_B)
  placement.observe({ type: 'sent', peer: 'p', cid: CID_B }, 0)
  expect(predicted(1).queueMs).toBe(5)
  expect(predicted(10_000).queueMs).toBe(10_000)
})

test('its word about calls of others is worth something for as long as calls hold a slot', () => {
  meet(placement, 'p', 5, 0, idle({ slots: 2, busy: 2 }))
  expect(predicted().queueMs).toBe(HOLD_DEFAULT_MS / 2)
  // Half of them left, by expectation: a slot is free.
  expect(predicted(HOLD_DEFAULT_MS).queueMs).toBe(0)
})

test('one that says each time that it is full counts as full between its words', () => {
  const full = { slots: 2, busy: 2, queued: 1 }
  meet(placement, 'p', 5, 0, idle(full))
  hears(full, 1000)
  expect(placement.route(query(), 1900).skipped[0]?.why).toMatch(/^full/)
  hears({ slots: 2 }, 2000)
  expect(placement.route(query(), 2900).choice).toBe('p')
})

test('warm by its word, or by an answer not long ago', () => {
  meet(placement, 'p', 5, 0, idle({ warm: warmWith(CID_B, CID_A) }))
  expect(predicted().coldMs).toBe(0)
  hears({ warm: warmWith(CID_B) })
  expect(predicted().coldMs).toBe(COLD_DEFAULT_MS)
  answers(5)
  expect(predicted(WARM_MEMORY_MS - 1).coldMs).toBe(0)
  expect(predicted(WARM_MEMORY_MS).coldMs).toBeGreaterThan(0.9 * COLD_DEFAULT_MS)
})

test('what answered before its link broke may have been restarted: cold', () => {
  meet(placement, 'p', 5)
  answers(5)
  placement.observe({ type: 'down', peer: 'p' }, 1)
  placement.observe({ type: 'up', peer: 'p' }, 2)
  hears({}, 2)
  expect(predicted(3).coldMs).toBeGreaterThan(0.9 * COLD_DEFAULT_MS)
})

test('a failure through the peer costs a penalty that wears off; one of the handler costs none', () => {
  meet(placement, 'p', 5)
  placement.observe({ type: 'sent', peer: 'p', cid: CID_A }, 0)
  placement.observe({ type: 'failed', peer: 'p', cid: CID_A, code: 'handler-failed' }, 0)
  expect(predicted().penaltyMs).toBe(0)
  placement.observe({ type: 'sent', peer: 'p', cid: CID_A }, 0)
  placement.observe({ type: 'failed', peer: 'p', cid: CID_A, code: 'link-lost' }, 0)
  const fresh = predicted().penaltyMs
  expect(fresh).toBeGreaterThan(50)
  expect(predicted(FAULT_HALF_LIFE_MS).penaltyMs).toBeLessThan(fresh / 2)
  expect(predicted(10 * FAULT_HALF_LIFE_MS).penaltyMs).toBeLessThan(1)
})

test('a round trip that is no number leaves the distance as it was', () => {
  meet(placement, 'p', 5)
  const before = predicted().networkMs
  placement.observe({ type: 'rtt', peer: 'p', ms: Number.NaN }, 0)
  placement.observe({ type: 'rtt', peer: 'p', ms: Number.POSITIVE_INFINITY }, 0)
  expect(predicted().networkMs).toBe(before)
})

test('a cold start of a function never seen cold is expected to take as long as those of others', () => {
  meet(placement, 'p', 5)
  meet(placement, 'q', 5)
  const other = metrics({ cold: true, startMs: 4, fetchMs: 30 })
  placement.observe({ type: 'answered', peer: 'q', cid: CID_B, metrics: other }, 0)
  expect(predicted()).toMatchObject({ coldMs: 4, transferMs: 30 })
})

test('of runners that do not name a function as warm, those who had it all the same are counted', () => {
  meet(placement, 'p', 5)
  const strangers = Array.from({ length: 40 }, (_, i) => `q${i}`)
  for (const peer of strangers) {
    placement.observe({ type: 'answered', peer, cid: CID_A, metrics: metrics({ cold: false }) }, 0)
  }
  expect(predicted().coldMs).toBeLessThan(COLD_DEFAULT_MS / 5)
})
