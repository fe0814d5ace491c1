import { concat } from '@hither/core'
import { array, assert, integer, property, uint8Array } from 'fast-check'
import { expect, test } from 'vitest'
import { noiseMessages } from '../src/noise-messages.ts'

const LONGEST = 0xffff

function onTheWire(messages: Uint8Array[]): Uint8Array {
  const pieces = messages.flatMap((message) => [Uint8Array.of(message.length >> 8, message.length & 255), message])
  return concat(
    pieces,
    pieces.reduce((sum, { length }) => sum + length, 0),
  )
}

test('messages of any length come through in chunks of any length, the empty ones left out', () => {
  const messages = array(uint8Array({ maxLength: LONGEST, size: 'max' }), { maxLength: 5 })
  assert(
    property(messages, integer({ min: 1, max: 100_000 }), (sent, chunkBytes) => {
      const wire = onTheWire(sent)
      const to = noiseMessages()
      const got: Uint8Array[] = []
      for (let at = 0; at < wire.length; at += chunkBytes) {
        const chunk = wire.slice(at, at + chunkBytes)
        // As libp2p has them: one piece, or a list of pieces.
        got.push(...to.cut(at % 2 === 0 ? chunk : [chunk.subarray(0, 1), chunk.subarray(1)]))
      }
      const full = sent.filter(({ length }) => length > 0)
      expect(got.map(({ length }) => length)).toEqual(full.map(({ length }) => length))
      expect(got.every((one, i) => Buffer.compare(one, full[i] ?? new Uint8Array(0)) === 0)).toBe(true)
    }),
    { numRuns: 50 },
  )
})

test('a message within one chunk is not copied', () => {
  const wire = onTheWire([new Uint8Array(LONGEST)])
  const [message] = noiseMessages().cut(wire)
  expect(message?.buffer).toBe(wire.buffer)
})
