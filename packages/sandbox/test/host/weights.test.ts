import { expect, test } from 'vitest'
import { HEAVY_MS, WEIGHTS_MAX } from '../../src/host/limits.ts'
import { Weights } from '../../src/host/weights.ts'

test('a function is unknown, then what it was seen to take', () => {
  const weights = new Weights()
  expect(weights.weigh('f')).toBe('unknown')
  weights.observe('f', 1)
  expect(weights.weigh('f')).toBe('light')
  weights.observe('g', HEAVY_MS)
  expect(weights.weigh('g')).toBe('heavy')
})

test('one slow call makes no heavy function, several do, and they can be forgiven', () => {
  const weights = new Weights()
  weights.observe('f', 1)
  weights.observe('f', HEAVY_MS * 1.5)
  expect(weights.weigh('f')).toBe('light')
  for (let i = 0; i < 5; i += 1) weights.observe('f', HEAVY_MS * 1.5)
  expect(weights.weigh('f')).toBe('heavy')
  for (let i = 0; i < 5; i += 1) weights.observe('f', 1)
  expect(weights.weigh('f')).toBe('light')
})

test('a function that holds the thread is heavy now, however light it was', () => {
  const weights = new Weights()
  for (let i = 0; i < 100; i += 1) weights.observe('f', 0.1)
  weights.stuck('f')
  expect(weights.weigh('f')).toBe('heavy')
})

test('forgets the function that was not called for the longest time', () => {
  const weights = new Weights()
  weights.observe('old', 1)
  weights.observe('kept', 1)
  for (let i = 0; i < WEIGHTS_MAX - 2; i += 1) weights.observe(`f${i}`, 1)
  weights.observe('kept', 1)
  weights.observe('new', 1)
  expect(weights.weigh('old')).toBe('unknown')
  expect(weights.weigh('kept')).toBe('light')
})
