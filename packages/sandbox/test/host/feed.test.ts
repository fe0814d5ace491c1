import { HitherError, type ByteStream } from '@hither/core'
import { expect, test } from 'vitest'
import { Feed } from '../../src/host/feed.ts'
import { PIECE_MAX_BYTES, WINDOW_BYTES } from '../../src/ipc/limits.ts'
import { bytesThatCount, gated } from './bodies.ts'
import { until } from './support.ts'

interface Fed {
  feed: Feed
  pieces: Uint8Array[]
  /** Whether each was given away. */
  given: boolean[]
  /** How it ended: `over`, or the error. */
  end?: HitherError | 'over'
}

function feed(body: ByteStream | Uint8Array, maxBytes = Infinity): Fed {
  const fed: Fed = { feed: new Feed(body, maxBytes), pieces: [], given: [] }
  fed.feed.into({
    piece(bytes, given) {
      fed.pieces.push(bytes)
      fed.given.push(given)
    },
    finish: (error) => void (fed.end = error ?? 'over'),
  })
  return fed
}

const bytesOf = ({ pieces }: Fed): number => pieces.reduce((sum, { length }) => sum + length, 0)

test('reads nothing until it is wanted, and then no more than that', async () => {
  const { body, count } = bytesThatCount()
  const fed = feed(body)
  expect(fed.feed.begun).toBe(false)
  expect(fed.feed.want(100_000)).toBe(true)
  expect(fed.feed.begun).toBe(true)
  await until(() => bytesOf(fed) === 100_000)
  expect(count.bytes).toBeLessThanOrEqual(110_000)
  fed.feed.want(50_000)
  await until(() => bytesOf(fed) === 150_000)
  fed.feed.leave()
  expect(count.left).toBe(true)
})

test('one that no handler gets is left, and its call has not begun', () => {
  const { body, count } = bytesThatCount()
  const { feed: one } = feed(body)
  one.waive()
  expect(count).toEqual({ bytes: 0, left: true })
  expect(one.begun).toBe(false)
  one.want(WINDOW_BYTES)
  expect(one.begun).toBe(false)
  expect(count.bytes).toBe(0)
})

test('cuts what is longer than a piece', async () => {
  const whole = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251)
  const fed = feed(whole)
  fed.feed.want(WINDOW_BYTES)
  await until(() => fed.end === 'over')
  expect(fed.pieces.map(({ length }) => length)).toEqual([PIECE_MAX_BYTES, 100_000 - PIECE_MAX_BYTES])
  expect(Buffer.concat(fed.pieces).equals(whole)).toBe(true)
})

test('gives away what was made for it, and nothing that another runner may need, or that is a part', async () => {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(40_000)
    yield new Uint8Array(100_000)
  }
  const streamed = feed(pieces())
  streamed.feed.want(WINDOW_BYTES)
  await until(() => bytesOf(streamed) === WINDOW_BYTES)
  expect(streamed.given).toEqual([true, false, false])
  const whole = feed(new Uint8Array(40_000))
  whole.feed.want(WINDOW_BYTES)
  await until(() => whole.end === 'over')
  expect(whole.given).toEqual([false])
})

test('takes no more credit than there can be', () => {
  const { feed: one } = feed(new Uint8Array(1))
  expect(one.want(WINDOW_BYTES)).toBe(true)
  expect(one.want(WINDOW_BYTES)).toBe(false)
})

test('a source that was left while it was being read gives nothing more', async () => {
  const events = gated()
  const fed = feed(events.body)
  fed.feed.want(WINDOW_BYTES)
  fed.feed.leave()
  events.send('late')
  events.end()
  await new Promise(setImmediate)
  expect(fed).toMatchObject({ pieces: [] })
  expect(fed.end).toBeUndefined()
})

test('what its source throws is kept', async () => {
  const events = gated()
  const fed = feed(events.body)
  fed.feed.want(WINDOW_BYTES)
  events.fail(new HitherError('link-lost', 'the link broke'))
  await until(() => fed.end !== undefined)
  expect(fed.end).toMatchObject({ code: 'link-lost' })
  expect(fed.feed.error).toBe(fed.end)
})

test('beyond its limit it is broken off, and its source is left', async () => {
  const { body, count } = bytesThatCount()
  const fed = feed(body, 25_000)
  fed.feed.want(WINDOW_BYTES)
  await until(() => fed.end !== undefined)
  expect(fed.end).toMatchObject({ code: 'too-large' })
  expect(bytesOf(fed)).toBe(20_000)
  expect(count.left).toBe(true)
})
