import { expect, test } from 'vitest'
import { queuePlaces } from '../src/index.ts'

test('a queue has a place for every four slots, and one at the least', () => {
  expect([1, 2, 4, 5, 8, 32].map(queuePlaces)).toEqual([1, 1, 1, 2, 2, 8])
})
