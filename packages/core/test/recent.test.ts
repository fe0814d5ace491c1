import { expect, test } from 'vitest'
import { Recent } from '../src/index.ts'

test('it has what was made last, and never more than it may', () => {
  const recent = new Recent<number, string>(3)
  for (const key of [1, 2, 3]) expect(recent.set(key, `of ${key}`)).toBe(`of ${key}`)
  expect([1, 2, 3].map((key) => recent.get(key))).toEqual(['of 1', 'of 2', 'of 3'])
  recent.set(4, 'of 4')
  expect([1, 2, 3, 4].map((key) => recent.get(key))).toEqual([undefined, undefined, undefined, 'of 4'])
})

test('cleared, it has nothing', () => {
  const recent = new Recent<number, string>(3)
  recent.set(1, 'of 1')
  recent.clear()
  expect(recent.get(1)).toBeUndefined()
})
