import { array, assert, integer, property } from 'fast-check'
import { expect, test } from 'vitest'
import { PIECE_MAX_BYTES, PIECE_MIN_COST_BYTES, WINDOW_BYTES } from '../../src/ipc/limits.ts'
import { Allowance, Window } from '../../src/ipc/window.ts'

test('whoever sends what the allowance gives never sends more than the window takes, and never stands still', () => {
  const lengths = array(integer({ min: 1, max: 300_000 }), { minLength: 1, maxLength: 300 })
  assert(
    property(lengths, (bodies) => {
      const allowance = new Allowance(WINDOW_BYTES)
      const window = new Window(WINDOW_BYTES)
      const underWay: number[] = []
      for (const length of bodies) {
        for (let at = 0; at < length;) {
          const size = allowance.take(length - at)
          if (size > 0) {
            expect(size).toBeLessThanOrEqual(PIECE_MAX_BYTES)
            expect(window.came(size)).toBe(true)
            underWay.push(size)
            at += size
          } else {
            // The other end reads all that came: then there is room again, or nothing ever moves.
            const told = underWay.splice(0).reduce((sum, read) => sum + window.read(read), 0)
            expect(told).toBeGreaterThan(0)
            expect(allowance.add(told)).toBe(true)
          }
        }
      }
    }),
  )
})

test('short pieces take room for more than they are', () => {
  const window = new Window(WINDOW_BYTES)
  const fit = WINDOW_BYTES / PIECE_MIN_COST_BYTES
  for (let i = 0; i < fit; i++) expect(window.came(1)).toBe(true)
  expect(window.came(1)).toBe(false)
})

test('nobody may be told of more than a window', () => {
  const allowance = new Allowance(0)
  expect(allowance.take(1)).toBe(0)
  expect(allowance.add(WINDOW_BYTES)).toBe(true)
  expect(allowance.add(1)).toBe(false)
})
