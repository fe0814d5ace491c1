import { HitherError, readWhole } from '@hither/core'
import { describe, expect, test } from 'vitest'
import { BODY_UNREAD_BYTES } from '../../src/limits/calls.ts'
import { STREAM_WINDOW_BYTES } from '../../src/limits/streams.ts'
import { incomingBody, type IncomingBody } from '../../src/protocols/body/incoming.ts'
import { reading } from '../helpers/bodies.ts'
import { settle } from '../helpers/call-ends.ts'
import { memoryPair, type MemoryDuplex } from '../helpers/memory-duplex.ts'
import { failure, pattern } from '../helpers/services.ts'

interface Incoming {
  body: IncomingBody
  near: MemoryDuplex
  far: MemoryDuplex
  /** What was told about it, in order. */
  told: string[]
  unwanted(): boolean
}

function incoming(): Incoming {
  const [near, far] = memoryPair()
  const told: string[] = []
  let signal: AbortSignal | undefined
  const body = incomingBody({
    begun: (given) => {
      signal = given
      told.push('begun')
    },
    came: () => told.push('came'),
    over: (why) => told.push(why === undefined ? 'read' : (why.error as HitherError).code),
  })
  return { body, near, far, told, unwanted: () => signal?.aborted === true }
}

/** Everything that a whole body needs, which may happen in any order. */
const steps: Record<string, (one: Incoming) => void> = {
  'its stream comes': ({ body, near }) => body.attach(near, 0),
  'its bytes come': ({ far }) => (far.send(pattern(50_000)), far.send(pattern(20_000)), void far.close()),
  'its length is said': ({ body }) => body.complete(70_000),
}
const orders = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
].map((order) => order.map((step) => Object.keys(steps)[step] ?? ''))

test.each(orders)('a body is whole when %s, %s and %s', async (...order) => {
  const one = incoming()
  const read = readWhole(one.body.bytes)
  for (const step of order) {
    expect(one.told).toEqual(['begun'])
    steps[step]?.(one)
    await settle()
  }
  expect(await read).toHaveLength(70_000)
  expect(one.told).toEqual(['begun', 'came', 'read'])
  expect([one.near.aborted, one.unwanted()]).toEqual([undefined, true])
})

describe('a body is never whole', () => {
  const faults: [string, (one: Incoming) => void][] = [
    ['less came than was said', ({ far, body }) => (far.send(pattern(9)), void far.close(), body.complete(10))],
    ['more came than was said', ({ far, body }) => (far.send(pattern(11)), void far.close(), body.complete(10))],
    ['more comes than was said before', ({ far, body }) => (body.complete(10), far.send(pattern(11)))],
    ['nothing came and something was said', ({ far, body }) => (void far.close(), body.complete(1))],
    ['its stream breaks', ({ far }) => (far.send(pattern(10)), far.abort(new Error('cut')))],
    ['its stream breaks behind its last byte', ({ far, body }) => (body.complete(0), far.abort(new Error('cut')))],
  ]
  test.each(faults)('where %s', async (_, fault) => {
    const one = incoming()
    one.body.attach(one.near, 0)
    fault(one)
    const error = await failure(readWhole(one.body.bytes))
    expect(error.code).toBe('link-lost')
    expect(one.told.at(-1)).toBe('link-lost')
  })

  test('where its stream ends in peace and its length is never said, as when its sender was killed', async () => {
    const one = incoming()
    one.body.attach(one.near, 0)
    one.far.send(pattern(10))
    void one.far.close()
    const reader = reading(one.body.bytes)
    expect((await reader.next()).value).toHaveLength(10)
    const next = failure(reader.next())
    await settle()
    one.body.fail(new HitherError('link-lost', 'the call stream ended'))
    expect((await next).code).toBe('link-lost')
    expect(one.told).toEqual(['begun', 'link-lost'])
  })

  test('cut at any byte', async () => {
    for (let length = 0; length < 20; length++) {
      const one = incoming()
      one.body.attach(one.near, 0)
      for (const byte of pattern(length)) one.far.send(Uint8Array.of(byte))
      void one.far.close()
      one.body.complete(20)
      expect((await failure(readWhole(one.body.bytes))).code, `${length} bytes`).toBe('link-lost')
    }
  })
})

test('an error at its end comes after its last byte', async () => {
  const one = incoming()
  one.body.attach(one.near, 0)
  one.far.send(pattern(10))
  one.body.complete(10, new HitherError('limit-cpu', 'too slow'))
  void one.far.close()
  const reader = reading(one.body.bytes)
  expect((await reader.next()).value).toHaveLength(10)
  expect((await failure(reader.next())).code).toBe('limit-cpu')
  expect(one.told).toEqual(['begun', 'came', 'limit-cpu'])
})

test('opens its window only as it is read, and never holds more than it may', async () => {
  const one = incoming()
  one.body.attach(one.near, 0)
  const reader = reading(one.body.bytes)
  const piece = pattern(16 * 1024)
  let sent = 0
  let held = 0
  for (let read = 0; read < 5_000_000; read += (await reader.next()).value?.length ?? 0) {
    // As much as the windows allow, as yamux does.
    for (; sent < one.near.admitted * STREAM_WINDOW_BYTES; sent += piece.length) one.far.send(piece)
    await settle()
    held = Math.max(held, sent - read)
  }
  expect(held).toBeLessThanOrEqual(BODY_UNREAD_BYTES)
  expect(held).toBeGreaterThan(STREAM_WINDOW_BYTES)
})

test('who leaves it breaks its stream off, once, and is done', async () => {
  const one = incoming()
  one.body.attach(one.near, 0)
  const reader = reading(one.body.bytes)
  const next = reader.next()
  await reader.return?.()
  await reader.return?.()
  expect([await next, await reader.next()]).toMatchObject([{ done: true }, { done: true }])
  expect(one.near.aborted).toBeDefined()
  expect([one.told, one.unwanted()]).toEqual([['begun', 'cancelled'], true])
})

test('what comes when it is over is broken off, as is a second stream', async () => {
  const one = incoming()
  const [second] = memoryPair()
  one.body.attach(one.near, 0)
  one.body.attach(second, 0)
  expect([one.near.aborted, second.aborted]).toEqual([undefined, expect.any(Error)])
  one.body.fail(new HitherError('cancelled', 'enough'))
  const [late] = memoryPair()
  one.body.attach(late, 0)
  expect([one.near.aborted, late.aborted]).toEqual([expect.any(Error), expect.any(Error)])
  one.body.fail(new HitherError('timeout', 'again'))
  expect((await failure(readWhole(one.body.bytes))).code).toBe('cancelled')
  expect(one.told).toEqual(['cancelled'])
})

test('has one reader, who asks for one piece at a time', async () => {
  const one = incoming()
  const reader = reading(one.body.bytes)
  const first = reader.next()
  expect((await failure(reader.next())).code).toBe('internal')
  one.body.attach(one.near, 0)
  one.far.send(pattern(3))
  expect((await first).value).toEqual(pattern(3))
  expect(() => reading(one.body.bytes)).toThrow('only once')
})
