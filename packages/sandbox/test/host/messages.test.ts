import { encodeFrames, FRAME_MAX_BYTES, type Frame } from '@hither/core'
import { array, assert, integer, nat, property, record, string, uint8Array } from 'fast-check'
import { expect, test } from 'vitest'
import { FRAME } from '../../src/ipc/frames.ts'
import { HEAD_MAX_BYTES } from '../../src/ipc/limits.ts'
import { messageFrames, MessageReader, pieceFrame, type Message } from '../../src/ipc/messages.ts'

const MAX_BODY_BYTES = 1_000_000

function read(bytes: Uint8Array, chunkBytes = bytes.length): Message[] {
  const reader = new MessageReader(MAX_BODY_BYTES)
  const messages: Message[] = []
  for (let at = 0; at < bytes.length; at += chunkBytes)
    messages.push(...reader.push(bytes.subarray(at, at + chunkBytes)))
  return messages
}

function frame(type: number, id: number, payload: Uint8Array): Frame {
  return { type, id, payload }
}

test('heads and bodies of any length come through in pieces of any length', () => {
  const messages = array(record({ id: nat(), name: string(), body: uint8Array({ maxLength: 200_000 }) }), {
    maxLength: 4,
  })
  assert(
    property(messages, integer({ min: 1, max: 100_000 }), (sent, chunkBytes) => {
      const frames = sent.flatMap(({ id, name, body }) => messageFrames(FRAME.call, id, { name }, body))
      const got = read(encodeFrames(frames), chunkBytes)
      expect(got.map(({ id, head }) => [id, head.string('name')])).toEqual(sent.map(({ id, name }) => [id, name]))
      expect(got.every(({ body }, i) => Buffer.compare(body, sent[i]?.body ?? new Uint8Array(0)) === 0)).toBe(true)
    }),
    { numRuns: 50 },
  )
})

test('a frame without a head has an empty one', () => {
  const [message] = read(encodeFrames(messageFrames(FRAME.pending, 3)))
  expect(message).toMatchObject({ type: FRAME.pending, id: 3 })
  expect(message?.head.has('bytes')).toBe(false)
})

test('a piece of a streamed body is a message of its own, whatever bytes it has', () => {
  const [first, second] = read(
    encodeFrames([pieceFrame(3, Uint8Array.of(255)), pieceFrame(4, new Uint8Array(FRAME_MAX_BYTES))]),
  )
  expect(first).toMatchObject({ type: FRAME.piece, id: 3, body: Uint8Array.of(255) })
  expect(second?.body).toHaveLength(FRAME_MAX_BYTES)
})

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
const head = json({ bytes: 4 })

test.each([
  ['a body without a head', [frame(FRAME.data, 1, new Uint8Array(4))]],
  ['a body of another call', [frame(FRAME.ended, 1, head), frame(FRAME.data, 2, new Uint8Array(4))]],
  ['a body that is too long', [frame(FRAME.ended, 1, head), frame(FRAME.data, 1, new Uint8Array(5))]],
  ['an empty piece of a body', [frame(FRAME.ended, 1, head), frame(FRAME.data, 1, new Uint8Array(0))]],
  ['a body that is cut short', [frame(FRAME.ended, 1, head), frame(FRAME.pending, 1, new Uint8Array(0))]],
  ['a body that is cut short by a piece', [frame(FRAME.ended, 1, head), pieceFrame(1, new Uint8Array(4))]],
  ['a piece of nothing', [pieceFrame(1, new Uint8Array(0))]],
  ['a body beyond the limit', [frame(FRAME.ended, 1, json({ bytes: MAX_BODY_BYTES + 1 }))]],
  ['a length that is none', [frame(FRAME.ended, 1, json({ bytes: -1 }))]],
  ['a head that is no map', [frame(FRAME.ended, 1, json([1]))]],
  ['a head that is no JSON', [frame(FRAME.ended, 1, Uint8Array.of(255, 255))]],
  ['a frame that is too long', [frame(FRAME.log, 1, new Uint8Array(HEAD_MAX_BYTES + 1))]],
  ['a piece that is too long', [pieceFrame(1, new Uint8Array(FRAME_MAX_BYTES + 1))]],
])('refuses %s', (_, frames) => {
  expect(() => read(encodeFrames(frames))).toThrow(expect.objectContaining({ code: 'bad-message' }))
})

test('never throws anything but bad-message, whatever comes', () => {
  assert(
    property(uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        read(bytes)
      } catch (error) {
        expect(error).toMatchObject({ code: 'bad-message' })
      }
    }),
  )
})
