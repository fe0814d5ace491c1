import { expect, test } from 'vitest'
import type { Prediction } from '@hither/core'
import { byPrediction, choose, type Weighed } from '../src/choose.ts'
import { newRecord } from '../src/peer-record.ts'
import { seeded } from './fixtures.ts'

function weighed(peer: string, meanMs: number, deviationMs: number): Weighed {
  const record = newRecord(peer)
  record.rtt = { mean: meanMs, deviation: deviationMs, at: 0, samples: 9 }
  const predicted: Prediction = {
    networkMs: meanMs,
    queueMs: 0,
    priceMs: 0,
    transferMs: 0,
    coldMs: 0,
    serviceMs: 20,
    penaltyMs: 0,
    totalMs: meanMs + 20,
  }
  return { record, predicted }
}

function tally(sorted: Weighed[], times = 3000): Record<string, number> {
  const random = seeded(3)
  const counts: Record<string, number> = {}
  for (let i = 0; i < times; i++) {
    const peer = choose(sorted, random)?.record.peer ?? 'nobody'
    counts[peer] = (counts[peer] ?? 0) + 1
  }
  return counts
}

test('nobody of none', () => {
  expect(choose([], seeded(1))).toBeUndefined()
})

test('no chance is taken where one is clearly best', () => {
  const never = (): number => expect.fail('asked for a random number')
  expect(choose([weighed('a', 2, 0.1), weighed('b', 20, 1)], never)?.record.peer).toBe('a')
})

test('measured exactly, a small difference decides', () => {
  expect(tally([weighed('a', 10, 0), weighed('b', 11, 0)])).toEqual({ a: 3000 })
})

test('the same difference is nothing where both waver', () => {
  const { a = 0, b = 0 } = tally([weighed('a', 10, 3), weighed('b', 11, 3)])
  expect(a / 3000).toBeCloseTo(0.5, 1)
  expect(b / 3000).toBeCloseTo(0.5, 1)
})

test('one that wavers wildly does not make all others equal', () => {
  const { a, b = 0, wild = 0 } = tally([weighed('a', 10, 0), weighed('wild', 12, 30), weighed('b', 15, 0)])
  expect(a).toBeGreaterThan(1000)
  expect(wild).toBeGreaterThan(1000)
  expect(b).toBe(0)
})

test('equal predictions are in the same order everywhere', () => {
  const sorted = [weighed('b', 5, 0), weighed('a', 5, 0), weighed('c', 4, 0)].toSorted(byPrediction)
  expect(sorted.map(({ record }) => record.peer)).toEqual(['c', 'a', 'b'])
})
