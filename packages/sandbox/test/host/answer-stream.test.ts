import { HitherError } from '@hither/core'
import { beforeEach, expect, test } from 'vitest'
import { AnswerStream } from '../../src/host/answer-stream.ts'
import { WINDOW_BYTES } from '../../src/ipc/limits.ts'

const PIECE = new Uint8Array(WINDOW_BYTES / 4)
const BROKEN = new HitherError('handler-failed', 'no')

let stream: AnswerStream
let seen: (string | number)[]

beforeEach(() => {
  seen = []
  stream = make(Infinity)
})

function make(maxBytes: number): AnswerStream {
  return new AnswerStream({
    maxBytes,
    onRead: (bytes) => void seen.push(bytes),
    onOver: (error) => void seen.push(error === undefined ? 'over' : error.code),
    onLeft: () => void seen.push('left'),
  })
}

test('takes a window full and no more until it is read', async () => {
  for (let i = 0; i < 4; i++) expect(stream.came(PIECE)).toBe(true)
  await stream.next()
  expect(seen).toEqual([])
  await stream.next()
  expect(seen).toEqual([WINDOW_BYTES / 2])
  expect([stream.came(PIECE), stream.came(PIECE), stream.came(Uint8Array.of(1))]).toEqual([true, true, false])
})

test('takes no more than an answer may have', () => {
  expect([make(10).came(new Uint8Array(10)), make(10).came(new Uint8Array(11))]).toEqual([true, false])
})

test('serves who waits, in order, and tells the end once', async () => {
  const reads = [stream.next(), stream.next(), stream.next()]
  stream.came(Uint8Array.of(1))
  stream.came(Uint8Array.of(2))
  stream.close()
  expect(await Promise.all(reads)).toEqual([
    { done: false, value: Uint8Array.of(1) },
    { done: false, value: Uint8Array.of(2) },
    { done: true, value: undefined },
  ])
  expect((await stream.next()).done).toBe(true)
  expect(seen).toEqual(['over'])
})

test('an end with an error comes after what came before it', async () => {
  stream.came(Uint8Array.of(1))
  stream.close(BROKEN)
  expect((await stream.next()).value).toEqual(Uint8Array.of(1))
  expect(seen).toEqual([])
  await expect(stream.next()).rejects.toBe(BROKEN)
  expect(seen).toEqual(['handler-failed'])
})

test('one that is given up ends at once, and takes what was still under way', async () => {
  stream.came(Uint8Array.of(1))
  stream.abort(BROKEN)
  expect(stream.came(Uint8Array.of(2))).toBe(true)
  await expect(stream.next()).rejects.toBe(BROKEN)
  expect((await stream.next()).done).toBe(true)
})

test('one that is left while it is waited for ends, and says so once', async () => {
  const read = stream.next()
  expect((await stream.return()).done).toBe(true)
  await stream.return()
  expect((await read).done).toBe(true)
  expect(seen).toEqual(['left'])
  // Nobody reads these, so there is no room for more than these.
  for (let i = 0; i < 4; i++) expect(stream.came(PIECE)).toBe(true)
  expect(stream.came(PIECE)).toBe(false)
})
