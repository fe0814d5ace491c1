import { CALL_MAX_MS } from '@hither/core'
import { expect, test } from 'vitest'
import { coldMs, learnAnswer, runMsOf, serviceMs, type Functions } from '../src/functions.ts'
import { COLD_DEFAULT_MS, COLD_MAX_MS, FUNCTIONS_MAX, SERVICE_DEFAULT_MS, WARM_PEERS_MAX } from '../src/limits.ts'
import { sampleSpeed, speedFactor } from '../src/speed.ts'
import { metrics } from './fixtures.ts'

test('what is not known has defaults', () => {
  expect(serviceMs(undefined)).toBe(SERVICE_DEFAULT_MS)
  expect(coldMs(undefined)).toBe(COLD_DEFAULT_MS)
})

test('service and cold start are learnt apart: warm runs say nothing of cold ones', () => {
  const functions: Functions = new Map()
  learnAnswer(functions, 'f', 'p', metrics({ runMs: 40 }), 0)
  expect(serviceMs(functions.get('f'))).toBe(40)
  expect(coldMs(functions.get('f'))).toBe(COLD_DEFAULT_MS)
  learnAnswer(functions, 'f', 'p', metrics({ runMs: 40, cold: true, fetchMs: 100, startMs: 20 }), 0)
  expect(coldMs(functions.get('f'))).toBe(120)
})

test('what a runner states is believed within reason', () => {
  const functions: Functions = new Map()
  const absurd = metrics({ runMs: Number.MAX_SAFE_INTEGER, cold: true, startMs: Number.MAX_SAFE_INTEGER })
  learnAnswer(functions, 'f', 'liar', absurd, 0)
  expect(runMsOf(absurd)).toBe(CALL_MAX_MS)
  expect(serviceMs(functions.get('f'))).toBe(CALL_MAX_MS)
  expect(coldMs(functions.get('f'))).toBe(COLD_MAX_MS)
})

test('functions, and who answered them, are bounded; the least recent go first', () => {
  const functions: Functions = new Map()
  for (let i = 0; i < FUNCTIONS_MAX + 10; i++) {
    learnAnswer(functions, `f${i}`, 'p', metrics(), i)
    learnAnswer(functions, 'often', `p${i}`, metrics(), i)
  }
  expect(functions.size).toBe(FUNCTIONS_MAX)
  expect(functions.has('f0')).toBe(false)
  expect(functions.get('often')?.answered.size).toBe(WARM_PEERS_MAX)
  expect([...(functions.get('often')?.answered.keys() ?? [])].at(-1)).toBe(`p${FUNCTIONS_MAX + 9}`)
})

test('a slow machine counts as slow, one that scatters does not', () => {
  let slow = sampleSpeed(undefined, 250, 50, 0)
  let scattered = sampleSpeed(undefined, 50, 50, 0)
  for (let i = 0; i < 20; i++) {
    slow = sampleSpeed(slow, 250, 50, 0)
    scattered = sampleSpeed(scattered, i % 2 === 0 ? 10 : 100, 50, 0)
  }
  expect(speedFactor(slow)).toBeCloseTo(251 / 51, 1)
  expect(speedFactor(scattered)).toBe(1)
  expect(speedFactor(undefined)).toBe(1)
})

test('a fast machine counts as fast', () => {
  let fast = sampleSpeed(undefined, 10, 100, 0)
  for (let i = 0; i < 20; i++) fast = sampleSpeed(fast, 10, 100, 0)
  expect(speedFactor(fast)).toBeCloseTo(11 / 101, 1)
})
