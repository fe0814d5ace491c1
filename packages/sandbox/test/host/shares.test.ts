import { expect, test } from 'vitest'
import { mostOf } from '../../src/host/shares.ts'

test('who is alone gets nearly all places, and leaves some to whoever comes next', () => {
  expect([64, 32, 8, 4, 2, 1, 0].map(mostOf)).toEqual([56, 28, 7, 3, 1, 1, 0])
})

test('nobody gets fewer than none', () => expect(mostOf(-1)).toBe(0))
