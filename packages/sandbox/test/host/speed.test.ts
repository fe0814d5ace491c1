import { expect, test } from 'vitest'
import { SPEED_USUAL_MS } from '../../src/host/limits.ts'
import { measureSpeed } from '../../src/host/speed.ts'

test.each([
  ['a usual one', 1, undefined],
  ['one that was disturbed a little', 1.3, undefined],
  ['a small board', 5, 0.25],
  ['a fast one', 0.5, 2],
])('%s says how quick it is only where that is something', (_, times, speed) => {
  expect(measureSpeed(() => times * SPEED_USUAL_MS)).toBe(speed)
})

test('nothing is said where nothing can be measured; and here it is a power of two, or nothing', () => {
  expect(measureSpeed(() => 0)).toBeUndefined()
  expect(Number.isInteger(Math.log2(measureSpeed() ?? 1))).toBe(true)
})
