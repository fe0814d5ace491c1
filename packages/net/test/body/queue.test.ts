import { concat, FRAME_MAX_BYTES } from '@hither/core'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { pieceQueue } from '../../src/protocols/body/queue.ts'
import { pattern } from '../helpers/services.ts'

test('gives all bytes in order, however they come and are taken', () => {
  const step = fc.oneof(fc.constant('take' as const), fc.integer({ min: 1, max: 3 * FRAME_MAX_BYTES }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const queue = pieceQueue()
      const taken: Uint8Array[] = []
      const all = pattern(steps.reduce<number>((sum, one) => sum + (one === 'take' ? 0 : one), 0))
      let at = 0
      const take = (): boolean => {
        const piece = queue.take()
        if (piece !== undefined) taken.push(piece)
        return piece !== undefined
      }
      for (const one of steps) {
        if (one === 'take') take()
        else queue.add(all.subarray(at, (at += one)))
      }
      while (take());
      expect(queue.bytes).toBe(0)
      expect(Buffer.compare(concat(taken, all.length), all)).toBe(0)
    }),
    { numRuns: 50 },
  )
})

test('puts small pieces together, and keeps nothing of what they were cut from', () => {
  const queue = pieceQueue()
  const network = new Uint8Array(64 * 1024)
  for (let at = 0; at < 1000; at++) queue.add(network.subarray(at, at + 1))
  const piece = queue.take()
  expect(piece).toHaveLength(1000)
  expect(piece?.buffer.byteLength).toBeLessThan(3000)
  expect(queue.take()).toBeUndefined()
})

test('leaves a long piece as it came, but not where most of its memory belongs to others', () => {
  const queue = pieceQueue()
  const piece = pattern(32_768)
  const cut = new Uint8Array(100_000).subarray(0, 32_768)
  for (const one of [pattern(3), piece, cut]) queue.add(one)
  expect(queue.take()).toHaveLength(3)
  expect(queue.take()).toBe(piece)
  expect(queue.take()?.buffer.byteLength).toBe(32_768)
})

test('is empty when it was cleared', () => {
  const queue = pieceQueue()
  queue.add(pattern(100_000))
  queue.add(pattern(3))
  queue.clear()
  expect([queue.bytes, queue.take()]).toEqual([0, undefined])
})
