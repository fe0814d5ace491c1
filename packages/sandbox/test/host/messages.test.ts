import { FRAME_MAX_BYTES } from '@hither/core'
import { array, assert, boolean, double, integer, nat, property, record, string, tuple, uint8Array } from 'fast-check'
import { expect, test } from 'vitest'
import { FRAME } from '../../src/ipc/frames.ts'
import { readAnswer, readCall } from '../../src/ipc/heads.ts'
import { HEAD_MAX_BYTES, MESSAGE_HEAD_BYTES } from '../../src/ipc/limits.ts'
import { MessageReader, type Message } from '../../src/ipc/messages.ts'
import { bytesOf, readAll, tampered, written, writtenAnswer, writtenCall, writtenPiece, writtenRaw } from './written.ts'

const MAX_BODY_BYTES = 1_000_000

const read = (messages: Uint8Array[], chunkBytes?: number): ReturnType<typeof readAll> =>
  readAll(Buffer.concat(messages), MAX_BODY_BYTES, chunkBytes)

test('heads and bodies of any length come through in pieces of any length', () => {
  const messages = array(record({ id: nat(), name: string(), body: uint8Array({ maxLength: 200_000 }) }), {
    maxLength: 4,
  })
  assert(
    property(messages, integer({ min: 1, max: 100_000 }), (sent, chunkBytes) => {
      const got = read(
        sent.flatMap(({ id, name, body }) => written(FRAME.load, id, { name }, body)),
        chunkBytes,
      )
      expect(got.map(({ id, head }) => [id, head.string('name')])).toEqual(sent.map(({ id, name }) => [id, name]))
      expect(got.every(({ body }, i) => Buffer.compare(body, sent[i]?.body ?? new Uint8Array(0)) === 0)).toBe(true)
    }),
    { numRuns: 50 },
  )
})

test('messages that leave together keep their order, however long their bodies are', () => {
  const bodies = array(uint8Array({ maxLength: 20_000, size: 'max' }), { maxLength: 10 })
  assert(
    property(bodies, (sent) => {
      const got = read(
        bytesOf((to) => {
          for (const [i, body] of sent.entries()) to.message(FRAME.load, i, { i }, body)
        }),
      )
      expect(got.map(({ id, head, bodyBytes }) => [id, head.integer('i', 0, 10), bodyBytes])).toEqual(
        sent.map(({ length }, i) => [i, i, length]),
      )
      expect(got.every(({ body }, i) => Buffer.compare(body, sent[i] ?? new Uint8Array(0)) === 0)).toBe(true)
    }),
    { numRuns: 50 },
  )
})

const number = double({ min: 0, max: Number.MAX_SAFE_INTEGER, noNaN: true })
/** Of these some take one byte in UTF-8, some up to four. */
const text = string({ unit: 'grapheme' })
const headers = array(tuple(text, text), { maxLength: 20 })

test('a call comes through as it was sent, whatever its texts are', () => {
  const calls = record({
    fn: nat(),
    method: text,
    url: text,
    headers,
    cpuMs: number,
    bodyBytes: number,
    startBy: number,
    patience: nat(255),
    streams: boolean(),
  })
  assert(
    property(array(calls, { maxLength: 3 }), integer({ min: 1, max: 200 }), (sent, chunkBytes) => {
      const got = read(
        sent.flatMap((head, i) => writtenCall(i, head, Uint8Array.of(i))),
        chunkBytes,
      )
      expect(got.map(({ id, body }) => [id, ...body])).toEqual(sent.map((_, i) => [i, i]))
      expect(got.map(readCall)).toEqual(sent)
    }),
  )
})

test('and so does an answer', () => {
  const answers = record({
    status: integer({ min: 200, max: 599 }),
    headers,
    runMs: number,
    cpuMs: number,
    heapBytes: number,
    background: boolean(),
  })
  assert(
    property(answers, uint8Array(), (sent, body) => {
      const [got] = read(writtenAnswer(1, sent, body))
      expect(got && readAnswer(got)).toEqual(sent)
      expect(got && Buffer.compare(got.body, body)).toBe(0)
    }),
  )
})

test('a message without a head has an empty one', () => {
  const [message] = read(written(FRAME.pending, 3))
  expect(message).toMatchObject({ type: FRAME.pending, id: 3 })
  expect(message?.head.has('error')).toBe(false)
})

test('a piece of a streamed body is a message of its own, whatever bytes it has', () => {
  const [first, second] = read([
    ...writtenPiece(3, Uint8Array.of(255)),
    ...writtenPiece(4, new Uint8Array(FRAME_MAX_BYTES)),
  ])
  expect(first).toMatchObject({ type: FRAME.piece, id: 3 })
  expect([...(first?.body ?? [])]).toEqual([255])
  expect(second?.body).toHaveLength(FRAME_MAX_BYTES)
})

test.each([20, 1000, FRAME_MAX_BYTES + MESSAGE_HEAD_BYTES, 200_000])(
  'a piece is alone in its memory, in chunks of %i bytes',
  (chunkBytes) => {
    const lengths = [1, 700, FRAME_MAX_BYTES, 40_000]
    const got = read(
      lengths.flatMap((length, i) => [
        ...writtenPiece(i, new Uint8Array(length).fill(i)),
        ...written(FRAME.finish, i, { i }),
      ]),
      chunkBytes,
    )
    const pieces = got.filter(({ type }) => type === FRAME.piece).map(({ body }) => body)
    expect(pieces.map(({ length }) => length)).toEqual(lengths)
    expect(pieces.map(({ buffer }) => buffer.byteLength)).toEqual(lengths)
    expect(pieces.every((piece, i) => piece.every((byte) => byte === i))).toBe(true)
  },
)

test('nothing is left in a chunk that is only lent', () => {
  const chunk = Buffer.concat([
    ...written(FRAME.load, 1, { a: 1 }, Uint8Array.of(1, 2)),
    ...writtenPiece(2, Uint8Array.of(3)),
  ])
  const got: Message[] = []
  const reader = new MessageReader(MAX_BODY_BYTES, true)
  expect(reader.push(chunk, (message) => got.push(message))).toBe(true)
  chunk.fill(255)
  expect(got.map(({ type, id, body }) => [type, id, ...body])).toEqual([
    [FRAME.load, 1, 1, 2],
    [FRAME.piece, 2, 3],
  ])
  expect(got[0]?.head.integer('a', 0, 1)).toBe(1)
})

test('of a chunk that is not, it is known whether something is', () => {
  const reader = new MessageReader(MAX_BODY_BYTES)
  const push = (...bytes: Uint8Array[]): boolean => reader.push(Buffer.concat(bytes), () => undefined)
  expect(push(...writtenPiece(1, Uint8Array.of(1)))).toBe(true)
  expect(push(...writtenPiece(1, Uint8Array.of(1)), ...written(FRAME.want, 2, { room: 1 }))).toBe(true)
  expect(push(...writtenPiece(1, Uint8Array.of(1)), ...written(FRAME.fetch, 2, {}, Uint8Array.of(1)))).toBe(false)
})

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

test.each([
  ['a body beyond the limit', written(FRAME.load, 1, {}, new Uint8Array(MAX_BODY_BYTES + 1))],
  ['a length of gigabytes', tampered(written(FRAME.pending, 1), 0, 255, 255, 255, 255)],
  ['a length that leaves no room for a head', tampered(written(FRAME.pending, 1), 0, 0, 0, 0, 8)],
  ['a head that is longer than its message', tampered(written(FRAME.pending, 1), 9, 0, 0, 0, 1)],
  ['a head that is too long', writtenRaw(FRAME.log, 1, new Uint8Array(HEAD_MAX_BYTES + 1))],
  ['a piece of nothing', writtenPiece(1, new Uint8Array(0))],
  ['a piece that is too long', writtenPiece(1, new Uint8Array(FRAME_MAX_BYTES + 1))],
  ['a piece with a head', written(FRAME.piece, 1, {}, Uint8Array.of(1))],
])('refuses %s', (_, message) => {
  expect(() => read(message)).toThrow(expect.objectContaining({ code: 'bad-message' }))
})

test.each([
  ['no map', json([1])],
  ['no JSON', Uint8Array.of(255, 255)],
])('refuses a head that is %s', (_, head) => {
  const [message] = read(writtenRaw(FRAME.log, 1, head))
  expect(() => message?.head).toThrow(expect.objectContaining({ code: 'bad-message' }))
})

/** Of an answer: its status, three numbers, a flag, and how many texts there are. */
const RUN_MS_AT = MESSAGE_HEAD_BYTES + 2
const FLAG_AT: number = RUN_MS_AT + 3 * 8
const TEXTS_AT: number = FLAG_AT + 1
const ANSWER = writtenAnswer(1, { headers: [['a', 'b']] })

test.each([
  ['a status that is none', writtenAnswer(1, { status: 600 })],
  ['a time that is less than nothing', writtenAnswer(1, { runMs: -1 })],
  ['a time that is no number', writtenAnswer(1, { cpuMs: Number.NaN })],
  ['a time without end', writtenAnswer(1, { cpuMs: Infinity })],
  ['a flag that is none', tampered(ANSWER, FLAG_AT, 2)],
  ['the name of a header without its value', tampered(ANSWER, TEXTS_AT, 0, 1)],
  ['more texts than its head can have', tampered(ANSWER, TEXTS_AT, 0, 200)],
  ['more headers than there may be', writtenAnswer(1, { headers: Array.from({ length: 257 }, () => ['a', 'b']) })],
  ['a text that is longer than what is there', tampered(ANSWER, TEXTS_AT + 2, 0, 0, 0, 9)],
  ['texts that are shorter', tampered(ANSWER, TEXTS_AT + 2, 0, 0, 0, 0)],
  ['a head that is cut short', writtenRaw(FRAME.answered, 1, Uint8Array.of(0, 200))],
])('refuses an answer with %s', (_, bytes) => {
  const [message] = read(bytes)
  if (message === undefined) throw new Error('no message')
  expect(() => readAnswer(message)).toThrow(expect.objectContaining({ code: 'bad-message' }))
})

test('bytes that are no text are replaced, as anywhere', () => {
  const [message] = read(tampered(ANSWER, TEXTS_AT + 10, 0xff, 0xff))
  expect(message && readAnswer(message).headers).toEqual([['\ufffd', '\ufffd']])
})

test('never throws anything but bad-message, whatever comes', () => {
  assert(
    property(uint8Array({ maxLength: 200 }), integer({ min: 1, max: 50 }), (bytes, chunkBytes) => {
      try {
        for (const message of read([bytes], chunkBytes)) readAnswer(message)
      } catch (error) {
        expect(error).toMatchObject({ code: 'bad-message' })
      }
    }),
  )
})
