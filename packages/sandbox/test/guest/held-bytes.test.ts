import { array, assert, integer, property } from 'fast-check'
import { expect, test } from 'vitest'
import { HeldBytes } from '../../src/child/held-bytes.ts'

test('bytes leave in the order in which they came, however they are cut', () => {
  const lengths = array(integer({ min: 1, max: 100_000 }), { maxLength: 6 })
  assert(
    property(lengths, integer({ min: 1, max: 70_000 }), (came, most) => {
      const held = new HeldBytes()
      const pieces = came.map((length, i) => Uint8Array.from({ length }, (_, at) => (at + i) % 251))
      const all = Buffer.concat(pieces)
      for (const piece of pieces) held.add(piece)
      const taken: Uint8Array[] = []
      while (held.bytes > 0) taken.push(held.take(Math.min(most, held.bytes)))
      expect(taken.slice(0, -1).every(({ length }) => length === most)).toBe(true)
      expect(Buffer.concat(taken).equals(all)).toBe(true)
    }),
    { numRuns: 50 },
  )
})

test('a piece that leaves as it came is not copied; of one that was cut the memory is given back with its last part', () => {
  const held = new HeldBytes()
  const whole = new Uint8Array(20_000)
  const cut = new Uint8Array(30_000)
  held.add(whole)
  held.add(cut)
  expect(held.take(20_000)).toBe(whole)
  expect(held.take(20_000)).toHaveLength(20_000)
  expect(cut.buffer.detached).toBe(false)
  held.add(new Uint8Array(10_000))
  expect(held.take(20_000)).toHaveLength(20_000)
  expect(cut.buffer.detached).toBe(true)
})
