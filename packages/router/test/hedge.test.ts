import type { Placement } from '@hither/core'
import { beforeEach, describe, expect, test } from 'vitest'
import { router } from '../src/index.ts'
import { quantileMs, sampleQuantile, type Quantile } from '../src/quantile.ts'
import { CID_A, CID_B, idle, meet, metrics, query, seeded } from './fixtures.ts'

let placement: Placement
beforeEach(() => {
  placement = router()({ random: seeded(1) })
  meet(placement, 'near', 5)
  meet(placement, 'next', 8)
  meet(placement, 'far', 300)
})

/** Runs of 20 ms, one in fifty of 400 ms. */
function learn(times: number, cid = CID_A, now = 0): void {
  for (let i = 0; i < times; i++) {
    placement.observe({ type: 'sent', peer: 'near', cid }, now)
    const runMs = i % 50 === 49 ? 400 : 20
    placement.observe({ type: 'answered', peer: 'near', cid, metrics: metrics({ runMs }), ms: runMs + 5 }, now)
  }
}

const after = (parts: Parameters<typeof query>[0] = {}): number | undefined =>
  placement.route(query({ repeatable: true, ...parts }), 1).hedgeAfterMs

describe('a second copy', () => {
  test('is due when the call takes longer than nearly all do, once that is known', () => {
    learn(3)
    expect(after()).toBeUndefined()
    learn(200)
    expect(after()).toBeGreaterThan(24)
    expect(after()).toBeLessThan(200)
    expect(after({ cid: CID_B })).toBeUndefined()
  })

  test('is never due for a call that may not run twice, nor where nobody else is there', () => {
    learn(200)
    expect(placement.route(query(), 1).hedgeAfterMs).toBeUndefined()
    expect(after({ avoid: ['next', 'far'] })).toBeUndefined()
    placement.observe({ type: 'state', peer: 'near', state: idle({ busy: 4, queued: 1 }) }, 1)
    const resort = placement.route(query({ repeatable: true, avoid: ['next', 'far'] }), 1)
    expect([resort.choice, resort.hedgeAfterMs]).toEqual(['near', undefined])
  })

  test('is not due under load or where much fails, and is again when that is over', () => {
    learn(200)
    for (let i = 0; i < 60; i++) {
      placement.observe({ type: 'sent', peer: 'far', cid: CID_B }, 1)
      placement.observe({ type: 'refused', peer: 'far', cid: CID_B, code: 'busy' }, 1)
    }
    expect(after()).toBeUndefined()
    learn(300, CID_A, 60_000)
    expect(placement.route(query({ repeatable: true }), 60_001).hedgeAfterMs).toBeGreaterThan(0)
  })

  test('is sent for one call in twenty at the most', () => {
    learn(100)
    let copies = 0
    for (; after() !== undefined; copies++) {
      placement.observe({ type: 'sent', peer: 'next', cid: CID_A, hedge: true }, 1)
      placement.observe({ type: 'cancelled', peer: 'next', cid: CID_A, ms: 10 }, 1)
    }
    expect(copies).toBe(5)
  })

  test('that its caller asks for is within the same budget', () => {
    learn(100)
    const hedge = (): string | undefined =>
      placement.route(query({ repeatable: true, hedge: true, tried: new Set(['near']) }), 1).choice
    let copies = 0
    for (; copies < 50 && hedge() !== undefined; copies++) {
      placement.observe({ type: 'sent', peer: 'next', cid: CID_A, hedge: true }, 1)
      placement.observe({ type: 'cancelled', peer: 'next', cid: CID_A, ms: 10 }, 1)
    }
    expect(copies).toBe(5)
  })

  test('goes to somebody as good, or to nobody', () => {
    learn(50)
    const hedge = (tried: string[]): string | undefined =>
      placement.route(query({ repeatable: true, hedge: true, tried: new Set(tried) }), 1).choice
    expect(hedge(['near'])).toBe('next')
    expect(hedge(['near', 'next'])).toBeUndefined()
  })
})

test('a call that is given up frees its place, and teaches nothing about how long the function takes', () => {
  learn(100)
  const before = placement.route(query(), 1).candidates.find(({ peer }) => peer === 'near')?.predicted
  placement.observe({ type: 'sent', peer: 'near', cid: CID_A }, 1)
  placement.observe({ type: 'cancelled', peer: 'near', cid: CID_A, ms: 60 }, 1)
  expect(placement.route(query(), 1).candidates.find(({ peer }) => peer === 'near')?.predicted).toEqual(before)
})

test('a peer that does not answer for much longer than its calls may take is left at once, and by many only it', () => {
  learn(200)
  placement.observe({ type: 'sent', peer: 'near', cid: CID_A }, 1000)
  expect(placement.route(query(), 1050).choice).toBe('near')
  expect(placement.route(query(), 2000).choice).toBe('next')
  placement.observe({ type: 'state', peer: 'near', state: idle() }, 5000)
  const { skipped, candidates } = placement.route(query(), 5000)
  expect(candidates.map(({ peer }) => peer)).toContain('near')
  expect(skipped).toEqual([])
})

describe('a peer whose answer comes as a stream', () => {
  const silentMs = (now: number): number | undefined =>
    placement.route(query(), now).candidates.find(({ peer }) => peer === 'near')?.predicted.penaltyMs
  const sees = (type: 'sent' | 'began', cid: typeof CID_A, now: number): void => {
    placement.observe({ type, peer: 'near', cid }, now)
  }
  beforeEach(() => {
    learn(200)
    learn(200, CID_B)
    sees('sent', CID_A, 1000)
    sees('began', CID_A, 1020)
  })

  test('is not silent for as long as that lasts', () => {
    expect(silentMs(60_000)).toBe(0)
    expect(placement.route(query(), 60_000).choice).toBe('near')
  })

  test('is silent with a later call that gets no answer, from then on', () => {
    sees('sent', CID_B, 60_000)
    expect(silentMs(60_010)).toBe(0)
    expect(placement.route(query(), 61_000).choice).toBe('next')
    sees('began', CID_B, 61_000)
    expect(placement.route(query(), 70_000).choice).toBe('near')
  })

  test('is silent with another call of the same function, too, and not once that ends', () => {
    sees('sent', CID_A, 60_000)
    expect(silentMs(61_000)).toBeGreaterThan(0)
    placement.observe({ type: 'failed', peer: 'near', cid: CID_A, code: 'handler-failed' }, 61_000)
    expect(silentMs(120_000)).toBe(0)
  })

  test('is not late where its reader leaves', () => {
    placement.observe({ type: 'cancelled', peer: 'near', cid: CID_A, ms: 59_000 }, 60_000)
    const { candidates } = placement.route(query(), 60_000)
    expect(candidates.find(({ peer }) => peer === 'near')?.predicted.queueMs).toBe(0)
  })
})

test('a streaming quantile finds the 95th of a hundred, and follows when it moves', () => {
  const random = seeded(2)
  let tail: Quantile | undefined
  for (let i = 0; i < 5000; i++) tail = sampleQuantile(tail, 100 * random(), 0.95)
  expect.assert(tail !== undefined)
  expect(quantileMs(tail)).toBeGreaterThan(80)
  expect(quantileMs(tail)).toBeLessThan(115)
  for (let i = 0; i < 300; i++) tail = sampleQuantile(tail, 1000, 0.95)
  expect(quantileMs(tail)).toBeGreaterThan(800)
})
