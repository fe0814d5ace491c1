import { CALL_MAX_MS } from '@hither/core'
import { expect, test } from 'vitest'
import { coldMs, learnAnswer, runMsOf, serviceMs, transferMs, type Functions } from '../src/functions.ts'
import { FUNCTIONS_MAX, WARM_PEERS_MAX } from '../src/limits/memory.ts'
import { COLD_DEFAULT_MS, COLD_MAX_MS, SERVICE_DEFAULT_MS, TRANSFER_BYTES_PER_MS } from '../src/limits/run.ts'
import { metrics } from './fixtures.ts'

test('what is not known has defaults', () => {
  expect(serviceMs(undefined, undefined)).toBe(SERVICE_DEFAULT_MS)
  expect(serviceMs(undefined, 70)).toBe(70)
  expect(coldMs(undefined)).toBe(COLD_DEFAULT_MS)
  expect(transferMs(undefined, 5 * TRANSFER_BYTES_PER_MS)).toBe(5)
  expect(transferMs(undefined, undefined)).toBe(0)
})

test('service and cold start are learnt apart: warm runs say nothing of cold ones', () => {
  const functions: Functions = new Map()
  learnAnswer(functions, 'f', 'p', metrics({ runMs: 40 }), 1, 0)
  expect(serviceMs(functions.get('f'), undefined)).toBe(40)
  expect(coldMs(functions.get('f'))).toBe(COLD_DEFAULT_MS)
  learnAnswer(functions, 'f', 'p', metrics({ runMs: 40, cold: true, fetchMs: 100, startMs: 20 }), 1, 0)
  expect(coldMs(functions.get('f'))).toBe(20)
  expect(transferMs(functions.get('f'), 5e6)).toBe(100)
})

test('what a runner states is believed within reason', () => {
  const functions: Functions = new Map()
  const absurd = metrics({ runMs: Number.MAX_SAFE_INTEGER, cold: true, startMs: Number.MAX_SAFE_INTEGER })
  learnAnswer(functions, 'f', 'liar', absurd, 1, 0)
  expect(runMsOf(absurd)).toBe(CALL_MAX_MS)
  expect(serviceMs(functions.get('f'), undefined)).toBe(CALL_MAX_MS)
  expect(coldMs(functions.get('f'))).toBe(COLD_MAX_MS)
})

test('functions, and who answered them, are bounded; the least recent go first', () => {
  const functions: Functions = new Map()
  for (let i = 0; i < FUNCTIONS_MAX + 10; i++) {
    learnAnswer(functions, `f${i}`, 'p', metrics(), 1, i)
    learnAnswer(functions, 'often', `p${i}`, metrics(), 1, i)
  }
  expect(functions.size).toBe(FUNCTIONS_MAX)
  expect(functions.has('f0')).toBe(false)
  expect(functions.get('often')?.answered.size).toBe(WARM_PEERS_MAX)
  expect([...(functions.get('often')?.answered.keys() ?? [])].at(-1)).toBe(`p${FUNCTIONS_MAX + 9}`)
})

test('a function that ran once is not yet told from all others; one that ran often is', () => {
  const functions: Functions = new Map()
  learnAnswer(functions, 'f', 'p', metrics({ runMs: 400 }), 1, 0)
  expect(serviceMs(functions.get('f'), 40)).toBeCloseTo(160)
  for (let i = 0; i < 50; i++) learnAnswer(functions, 'f', 'p', metrics({ runMs: 400 }), 1, i)
  expect(serviceMs(functions.get('f'), 40)).toBeGreaterThan(380)
})

test('what a slow machine took is reckoned as a usual one would have taken', () => {
  const functions: Functions = new Map()
  learnAnswer(functions, 'f', 'p', metrics({ runMs: 300 }), 3, 0)
  expect(serviceMs(functions.get('f'), undefined)).toBeCloseTo(100)
})
