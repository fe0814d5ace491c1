import { expect, test } from 'vitest'
import { maySend } from '../../src/host/shares.ts'

/** How many calls each cordon gets, one after the other, where none ever ends. */
function fill(slots: number, cordons: number): number[] {
  let free = slots
  return Array.from({ length: cordons }, () => {
    let own = 0
    while (maySend(own, free)) {
      own += 1
      free -= 1
    }
    return own
  })
}

test('whoever is alone gets nearly all slots, and who comes later still gets some', () => {
  expect(fill(64, 3)).toEqual([56, 7, 1])
  expect(fill(32, 3)).toEqual([28, 3, 1])
})

test('one slot is left wherever there are two', () => {
  expect(fill(1, 2)).toEqual([1, 0])
  expect(fill(2, 2)).toEqual([1, 1])
  expect(fill(4, 2)).toEqual([3, 1])
  expect(fill(8, 2)).toEqual([7, 1])
})

test('nobody gets more than there are', () => {
  expect(maySend(0, 0)).toBe(false)
  expect(maySend(1, 0)).toBe(false)
})
