import type { ErrorCode, Placement, RunnerState } from '@hither/core'
import { beforeEach, describe, expect, test } from 'vitest'
import { router } from '../src/index.ts'
import { CIRCUIT_FIRST_MS } from '../src/limits/faults.ts'
import { HOLD_DEFAULT_MS } from '../src/limits/load.ts'
import { COLD_DEFAULT_MS } from '../src/limits/run.ts'
import { CID_A, idle, meet, metrics, query, seeded } from './fixtures.ts'

let placement: Placement
beforeEach(() => {
  placement = router()({ random: seeded(1) })
  meet(placement, 'p', 5)
})

const PUBLISHER = 'k1'

function hears(state: Partial<RunnerState>, now = 0): void {
  placement.observe({ type: 'state', peer: 'p', state: idle(state) }, now)
}

function ends(type: 'refused' | 'failed', code: ErrorCode, now = 0): void {
  placement.observe({ type: 'sent', peer: 'p', cid: CID_A }, now)
  placement.observe({ type, peer: 'p', cid: CID_A, publisher: PUBLISHER, code }, now)
}

const route = (now: number): ReturnType<Placement['route']> => placement.route(query({ publisher: PUBLISHER }), now)
const why = (now: number): string | undefined => route(now).skipped[0]?.why

describe('a link that breaks', () => {
  test('takes with it what was said and refused on it', () => {
    ends('refused', 'not-admitted')
    for (let i = 0; i < 3; i++) ends('failed', 'timeout')
    expect(route(1).choice).toBeUndefined()
    placement.observe({ type: 'down', peer: 'p' }, 1)
    placement.observe({ type: 'up', peer: 'p' }, 2)
    expect(why(3)).toMatch(/no runner/)
    hears({}, 3)
    expect(route(4)).toMatchObject({ choice: 'p', skipped: [] })
  })

  test('but not what was measured', () => {
    placement.observe({ type: 'down', peer: 'p' }, 1)
    placement.observe({ type: 'up', peer: 'p' }, 2)
    hears({}, 2)
    expect(route(3).candidates[0]?.predicted.networkMs).toBeCloseTo(5)
  })

  test('is one failure, however many calls it takes with it, and none where it takes none', () => {
    const penaltyAfterBreak = (calls: number): number => {
      placement = router()({ random: seeded(1) })
      meet(placement, 'p', 5)
      for (let i = 0; i < calls; i++) placement.observe({ type: 'sent', peer: 'p', cid: CID_A }, 0)
      placement.observe({ type: 'down', peer: 'p' }, 1)
      for (let i = 0; i < calls; i++) placement.observe({ type: 'failed', peer: 'p', cid: CID_A, code: 'link-lost' }, 1)
      placement.observe({ type: 'up', peer: 'p' }, 2)
      hears({}, 2)
      expect(route(3)).toMatchObject({ choice: 'p', skipped: [] })
      return route(3).candidates[0]?.predicted.penaltyMs ?? NaN
    }
    const one = penaltyAfterBreak(1)
    expect(one).toBeGreaterThan(0)
    expect(penaltyAfterBreak(50)).toBe(one)
    expect(penaltyAfterBreak(0)).toBe(0)
  })

  test('"up" said twice is no break: what answered is still warm', () => {
    placement.observe({ type: 'answered', peer: 'p', cid: CID_A, metrics: metrics() }, 0)
    placement.observe({ type: 'up', peer: 'p' }, 1)
    expect(route(2).candidates[0]?.predicted.coldMs).toBe(0)
  })
})

describe('a runner that contradicts itself', () => {
  test('whoever admits others now is asked again', () => {
    ends('refused', 'not-admitted')
    hears({ admits: 'anyone' }, 1)
    expect(why(2)).toMatch(/does not run this publisher/)
    hears({ admits: 'listed' }, 3)
    expect(route(4).choice).toBe('p')
  })

  test('whoever could not find the function does not have it warm', () => {
    placement.observe({ type: 'answered', peer: 'p', cid: CID_A, metrics: metrics() }, 0)
    ends('refused', 'unknown-function')
    expect(route(10_000).candidates[0]?.predicted.coldMs).toBeGreaterThan(0.9 * COLD_DEFAULT_MS)
  })

  test('whoever lends no slots is not asked, also as the last resort', () => {
    hears({ slots: 0 })
    expect(route(1).choice).toBeUndefined()
    expect(why(1)).toBe('lends no slots now')
  })
})

describe('a call that ends', () => {
  test('after no time, by its runner’s word, is reckoned with all the same', () => {
    placement.observe({ type: 'answered', peer: 'p', cid: CID_A, metrics: metrics({ runMs: 0 }) }, 0)
    hears({ busy: 2 })
    expect(route(0).candidates[0]?.predicted.totalMs).toBeGreaterThan(0)
  })

  test('in the handler’s own error closes the circuit: the runner ran it', () => {
    for (let i = 0; i < 3; i++) ends('failed', 'sandbox-crashed')
    expect(why(1)).toMatch(/^failed 3 times in a row/)
    ends('failed', 'handler-failed', 1001)
    ends('failed', 'sandbox-crashed', 1002)
    expect(route(1003)).toMatchObject({ choice: 'p', skipped: [] })
  })

  test('is tried again after a pause, whatever stream of the function still flows there, and by one call alone', () => {
    for (const type of ['sent', 'began'] as const) placement.observe({ type, peer: 'p', cid: CID_A }, 0)
    for (let i = 0; i < 3; i++) ends('failed', 'sandbox-crashed')
    expect(why(1)).toMatch(/^failed 3 times in a row/)
    expect(route(CIRCUIT_FIRST_MS).skipped).toEqual([])
    placement.observe({ type: 'sent', peer: 'p', cid: CID_A }, CIRCUIT_FIRST_MS)
    expect(why(CIRCUIT_FIRST_MS + 1)).toMatch(/one call is trying it again now/)
  })

  test('cancelled says nothing about the peer', () => {
    for (let i = 0; i < 10; i++) ends('failed', 'cancelled')
    expect(route(1).skipped).toEqual([])
    expect(route(1).candidates[0]?.predicted.penaltyMs).toBe(0)
  })

  test('without having been sent does not make room', () => {
    hears({ slots: 1 })
    for (let i = 0; i < 3; i++) placement.observe({ type: 'failed', peer: 'p', cid: CID_A, code: 'cancelled' }, 0)
    placement.observe({ type: 'sent', peer: 'p', cid: CID_A }, 0)
    expect(route(0).candidates[0]?.predicted.queueMs).toBe(HOLD_DEFAULT_MS)
  })
})
