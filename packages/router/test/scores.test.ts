import { expect, test } from 'vitest'
import type { Prediction } from '@hither/core'
import { scores } from '../src/index.ts'
import { metrics } from './fixtures.ts'

function said(parts: Partial<Prediction>): Prediction {
  const none = {
    networkMs: 0,
    queueMs: 0,
    priceMs: 0,
    transferMs: 0,
    coldMs: 0,
    serviceMs: 0,
    penaltyMs: 0,
    totalMs: 0,
  }
  return { ...none, ...parts }
}

test('each part is held against its own; price and penalty are no time', () => {
  const kept = scores()
  const predicted = said({ networkMs: 10, queueMs: 4, serviceMs: 20, priceMs: 500, penaltyMs: 500, totalMs: 1034 })
  kept.add(predicted, metrics({ queueMs: 6, runMs: 30 }), 46)
  const { network, queue, service, transfer, total } = kept.read()
  expect(network.medianMs).toBe(0)
  expect(queue.medianMs / 2).toBeCloseTo(1, 1)
  expect(service.medianMs / 10).toBeCloseTo(1, 1)
  expect(transfer).toEqual({ calls: 1, medianMs: 0, p95Ms: 0 })
  expect(total.medianMs / 12).toBeCloseTo(1, 1)
})

test('median and 95th of a hundred', () => {
  const kept = scores()
  for (let i = 1; i <= 100; i++) kept.add(said({}), metrics({ runMs: i }), i)
  const { calls, medianMs, p95Ms } = kept.read().service
  expect(calls).toBe(100)
  expect(medianMs / 50).toBeCloseTo(1, 1)
  expect(p95Ms / 95).toBeCloseTo(1, 1)
})

test('of nothing, zero', () => {
  expect(scores().read().total).toEqual({ calls: 0, medianMs: 0, p95Ms: 0 })
})
