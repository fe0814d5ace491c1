import { describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  ANSWER_PIECE_MAX_BYTES,
  GATHERED_MAX_BYTES,
  GATHERED_MAX_PIECES,
  PIECE_MAX_BYTES,
  PIECE_MIN_COST_BYTES,
  WINDOW_BYTES,
} from '../../src/ipc/limits.ts'
import { all, read, start, startHandler, type Seen, type Started } from './start.ts'

type Called = ReturnType<Started['call']>

const POST = { method: 'POST', body: 'streams' } as const
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = (seen: Seen): string => new TextDecoder().decode(all(seen))

/** A POST with a body that the test feeds. */
function post(body: string, limits: Parameters<Started['call']>[1] = {}): { called: Called; started: Started } {
  const started = startHandler(body)
  return { started, called: started.call(POST, limits) }
}

describe('a streamed request', () => {
  test('is wanted when it is read, a window full at first, then what was read', async () => {
    const { called, started } = post(`const reader = request.body.getReader()
      for (;;) { const { done, value } = await reader.read(); if (done) return new Response('ok'); console.log(value.length) }`)
    const { seen, handle } = called
    expect(seen.wanted).toBe(WINDOW_BYTES)
    for (let i = 0; i < 3; i++) handle.feed(new Uint8Array(WINDOW_BYTES / 4))
    expect(seen.wanted).toBe(1.5 * WINDOW_BYTES)
    handle.finish()
    expect(await called).toMatchObject({ response: { status: 200 } })
    expect(started.logs.map(({ text }) => Number(text))).toEqual(Array.from({ length: 3 }, () => WINDOW_BYTES / 4))
  })

  test('is not wanted by a handler that does not read it', async () => {
    const { called } = post(`return new Response(String(request.body instanceof ReadableStream))`)
    expect(await called).toMatchObject({ response: { body: bytes('true') } })
    expect(called.seen).toMatchObject({ wanted: 0, left: false })
  })

  test('costs a turn only where the handler waits for it', async () => {
    const { called, started } = post(`await request.body.getReader().read()
      await new Promise((ok) => setTimeout(ok, 20)); return new Response('ok')`)
    called.handle.feed(bytes('first'))
    expect(started.turns).toBe(1)
    called.handle.feed(bytes('second'))
    called.handle.finish()
    expect(started.turns).toBe(1)
    expect(await called).toHaveProperty('response')
  })

  test('comes in as few pieces as it can, where it is read late', async () => {
    const { called, started } = post(`const reader = request.body.getReader(); await reader.read()
      await new Promise((ok) => setTimeout(ok, 20))
      for (;;) { const { done, value } = await reader.read(); if (done) return new Response('ok'); console.log(value.length) }`)
    for (const text of ['a', 'bb', 'ccc', 'dddd']) called.handle.feed(bytes(text))
    called.handle.finish()
    await called
    expect(started.logs.map(({ text }) => text)).toEqual(['9'])
  })

  test.each(['text', 'arrayBuffer', 'bytes', 'json', 'blob'])(
    'is brought in few pieces to a handler that wants all of it: %s',
    async (how) => {
      const { called, started } = post(`const got = await request.${how}(); return new Response('ok')`)
      const { seen, handle } = called
      const piece = (): Uint8Array => new Uint8Array(PIECE_MAX_BYTES).fill(0x20)
      // It is asked for as before, and none of it waits for the handler to be asked for more.
      for (let sent = 0; sent < 3 * GATHERED_MAX_BYTES; sent += PIECE_MAX_BYTES) {
        expect(seen.wanted).toBe(WINDOW_BYTES + sent)
        handle.feed(piece())
      }
      expect(started.turns).toBe(3)
      handle.feed(bytes('"x"'))
      handle.finish()
      expect(await called).toMatchObject({ response: { body: bytes('ok') } })
      expect(started.turns).toBe(4)
    },
  )

  test('does not wait in a thousand parts, however short they are', async () => {
    const { called, started } = post(`return new Response(String((await request.text()).length))`)
    for (let i = 0; i < 3 * GATHERED_MAX_PIECES; i += 1) called.handle.feed(bytes('x'))
    // Of the last, nobody knows yet whether more come.
    expect(started.turns).toBe(2)
    called.handle.finish()
    expect(await called).toMatchObject({ response: { body: bytes(String(3 * GATHERED_MAX_PIECES)) } })
  })

  test('is the same in few pieces, however it was cut', async () => {
    const { called } = post(`const got = await request.bytes()
      return new Response(String(got.every((byte, i) => byte === i % 251)) + got.length)`)
    let at = 0
    for (const length of [1, PIECE_MAX_BYTES, 1000, PIECE_MAX_BYTES - 1, 5, PIECE_MAX_BYTES, PIECE_MAX_BYTES, 70]) {
      called.handle.feed(Uint8Array.from({ length }, (_, i) => (at + i) % 251))
      at += length
    }
    called.handle.finish()
    expect(await called).toMatchObject({ response: { body: bytes(`true${at}`) } })
  })

  test('that breaks off rejects the reading with the reason', async () => {
    const { called } = post(`try { await request.text() } catch (e) { return new Response(e.name + ': ' + e.message) }`)
    called.handle.feed(bytes('some'))
    called.handle.finish('the link broke')
    expect(await called).toMatchObject({ response: { body: bytes('TypeError: the link broke') } })
  })

  test('that is cancelled is left, once', async () => {
    const { called } = post(
      `await request.body.cancel('enough'); await new Promise((ok) => setTimeout(ok, 20)); return new Response('ok')`,
    )
    expect(called.seen.left).toBe(true)
    expect(await called).toHaveProperty('response')
    expect(called.seen.wanted).toBe(0)
  })

  test('is gone with the answer, for what goes on after it too', async () => {
    const { called, started } = post(`ctx.waitUntil(request.text().catch((e) => console.log(e.message)))
      await 0; return new Response('ok')`)
    expect(await called).toHaveProperty('response')
    expect(started.logs.map(({ text }) => text)).toEqual(['the call is over, and so is the body of its request'])
    called.handle.feed(bytes('late'))
  })

  test('is gone with the caller, and a handler that waits for it can tidy up', async () => {
    const { called, started } = post(`try { await request.text() } finally { console.log('tidied') }`)
    called.handle.feed(bytes('some'))
    called.handle.cancel()
    expect(await called).toMatchObject({ error: { code: 'cancelled' } })
    expect(started.logs.map(({ text }) => text)).toEqual(['tidied'])
  })

  test('may be read in any way', async () => {
    for (const [how, expected] of [
      ['json()', '{"a":1}'],
      ['clone().text()', '"{\\"a\\":1}"'],
      ['blob().then((b) => b.size)', '7'],
      ['body.pipeThrough(new TextDecoderStream()).getReader().read().then((r) => r.value.length)', '7'],
    ] as const) {
      const { called } = post(`return Response.json(await request.${how})`)
      called.handle.feed(bytes('{"a":1}'))
      called.handle.finish()
      expect(await called).toMatchObject({ response: { body: bytes(expected) } })
    }
  })
})

describe('a streamed answer', () => {
  const ENDLESS = `let made = 0; return new Response(new ReadableStream({
    pull(c) { made += 1000; c.enqueue(new Uint8Array(1000)) },
    cancel(reason) { console.log(made, reason.name) } }))`

  test('is made as far as there is room, and goes on when there is more', async () => {
    const { call } = startHandler(ENDLESS)
    const called = call({}, { bodyBytes: 1e9 })
    const { seen, handle } = called
    expect(seen.head?.status).toBe(200)
    expect(seen.pieces.map(({ length }) => length)).toEqual([ANSWER_PIECE_MAX_BYTES, ANSWER_PIECE_MAX_BYTES])
    handle.grant(100_000)
    // A rest that is shorter than the least that a piece costs stays.
    expect(all(seen).length).toBeGreaterThan(WINDOW_BYTES + 100_000 - 2 * PIECE_MIN_COST_BYTES)
    expect(all(seen).length).toBeLessThanOrEqual(WINDOW_BYTES + 100_000)
    handle.cancel()
    expect(await called).toMatchObject({ error: { code: 'cancelled' } })
  })

  test('that waits for room is cancelled with its call', async () => {
    const { call, logs, guest } = startHandler(ENDLESS)
    const called = call({}, { bodyBytes: 1e9 })
    called.handle.cancel()
    await called
    await expect.poll(() => logs.map(({ text }) => text)).toEqual([expect.stringMatching(/^26\d000 AbortError$/)])
    expect(guest.pending).toBe(0)
  })

  test('leaves with the turn that made it: what is there at once as one piece, what comes later as another', async () => {
    const { call } = startHandler(`const words = ['a', 'b', 'c', 'd']
      return new Response(new ReadableStream({ async pull(c) {
        if (words.length === 2) await new Promise((ok) => setTimeout(ok, 5))
        const word = words.shift(); if (word === undefined) c.close(); else c.enqueue(new TextEncoder().encode(word)) } }))`)
    const called = call()
    expect(called.seen.pieces).toEqual([bytes('ab')])
    expect(await called).toEqual({ streamed: true })
    expect(called.seen.pieces).toEqual([bytes('ab'), bytes('cd')])
  })

  test.each([
    ['bytes', 'new Uint8Array(1_000_000)', 4],
    ['text', `'x'.repeat(1_000_000)`, 12],
  ])('of %s that are here is handed out in few pieces', async (_, body, pieces) => {
    const started = startHandler(`return new Response(${body})`)
    const called = started.call()
    expect(await read(called)).toEqual({ streamed: true })
    expect(all(called.seen)).toHaveLength(1_000_000)
    expect(started.turns).toBeLessThanOrEqual(pieces)
  })

  test('of text keeps characters of two units whole, wherever it is cut', async () => {
    const { call } = startHandler(`return new Response('x' + '😀'.repeat(200_000))`)
    const called = call({}, { bodyBytes: 1e9 })
    expect(await read(called)).toEqual({ streamed: true })
    expect(textOf(called.seen)).toBe(`x${'😀'.repeat(200_000)}`)
  })

  test('lives on timers of its own until its end', async () => {
    const { call } = startHandler(`let n = 0
      return new Response(new ReadableStream({ start(c) {
        const id = setInterval(() => { c.enqueue(new TextEncoder().encode(String(n))); if (n++ === 3) { clearInterval(id); c.close() } }, 2) } }))`)
    const called = call()
    expect(await called).toEqual({ streamed: true })
    expect(textOf(called.seen)).toBe('0123')
  })

  test('is not in the background: it may last', async () => {
    const { called } = post(`return new Response(request.body)`)
    called.handle.feed(bytes('a'))
    expect(textOf(called.seen)).toBe('a')
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    vi.advanceTimersByTime(3_600_000)
    called.handle.feed(bytes('b'))
    called.handle.finish()
    expect(await called).toEqual({ streamed: true })
    expect(textOf(called.seen)).toBe('ab')
  })

  test.each([
    ['whose chunks are text', `c.enqueue('text')`, 'no Uint8Array'],
    ['that throws', `throw new Error('dry')`, 'Error: dry'],
    ['that errs', `c.error(new Error('wet'))`, 'Error: wet'],
  ])('%s fails after what came before', async (_, then, message) => {
    const { call } = startHandler(`let n = 0; return new Response(new ReadableStream({ async pull(c) {
      await new Promise((ok) => setTimeout(ok, 1)); if (n++ === 0) c.enqueue(new Uint8Array([65])); else { ${then} } } }))`)
    const called = call()
    expect(await called).toMatchObject({
      error: { code: 'handler-failed', message: expect.stringContaining(message) as string },
    })
    expect(textOf(called.seen)).toBe('A')
  })

  test('over its limit is cut off, and its source learns why', async () => {
    const { call, logs } = startHandler(ENDLESS)
    const called = call({}, { bodyBytes: 500_000 })
    expect(await read(called)).toMatchObject({ error: { code: 'result-too-large' } })
    expect(all(called.seen).length).toBeLessThanOrEqual(500_000)
    expect(logs.map(({ text }) => text)).toEqual([expect.stringMatching(/^50[12]000 RangeError$/)])
  })

  test.each([
    ['headers', `{ headers: Array.from({ length: 257 }, (_, i) => ['set-cookie', 'c' + i]) }`],
    ['text in its headers', `{ headers: { a: 'x'.repeat(40_000) } }`],
  ])('with too many %s fails, and is made no further', async (_, init) => {
    const { call, logs } = startHandler(`return new Response(new ReadableStream({
      async pull(c) { await new Promise((ok) => setTimeout(ok, 1)); c.enqueue(new Uint8Array(1)) },
      cancel: () => console.log('stopped') }), ${init})`)
    const called = call()
    expect(await called).toMatchObject({ error: { code: 'result-too-large' } })
    await expect.poll(() => logs.map(({ text }) => text)).toEqual(['stopped'])
    expect(called.seen).toMatchObject({ pieces: [] })
  })

  test('is held to the processor time of its call until its end', async () => {
    const { call, guest } = startHandler(`return new Response(new ReadableStream({ async pull(c) {
      await new Promise((ok) => setTimeout(ok, 1))
      const until = performance.now() + 20; while (performance.now() < until); c.enqueue(new Uint8Array(1)) } }))`)
    const called = call({}, { cpuMs: 150 })
    expect(await read(called)).toMatchObject({ error: { code: 'limit-cpu' } })
    expect(called.seen.pieces.length).toBeGreaterThan(0)
    expect(guest.usable).toBe(false)
  })

  test('does not end what waitUntil goes on with', async () => {
    const { fetch, logs } =
      startHandler(`ctx.waitUntil(new Promise((ok) => setTimeout(ok, 20)).then(() => console.log('done')))
      return new Response(new ReadableStream({ async pull(c) { await new Promise((ok) => setTimeout(ok, 1)); c.close() } }))`)
    await fetch()
    await expect.poll(() => logs.map(({ text }) => text)).toEqual(['done'])
  })
})

describe('a call that waits for', () => {
  test('the next of its request is not told that it never answers', async () => {
    const { called } = post(`return new Response(await request.text())`)
    await new Promise(setImmediate)
    called.handle.feed(bytes('here'))
    called.handle.finish()
    expect(await called).toMatchObject({ response: { body: bytes('here') } })
  })

  test('room for its answer is not, nor is another that waits beside it', async () => {
    const { call } = start(`let go
      export default async (request) => {
        if (request.url.endsWith('?waits')) { await new Promise((ok) => { go = ok }); return new Response('woken') }
        return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(1e6)) }, cancel: () => go() })) }`)
    const stands = call({}, { bodyBytes: 1e9 })
    const waits = call({ url: 'http://fn.localhost/?waits' })
    await new Promise(setImmediate)
    stands.handle.cancel()
    expect(await waits).toMatchObject({ response: { body: bytes('woken') } })
  })

  test('nothing is, though its answer has begun', async () => {
    const { call } = startHandler(`setTimeout(() => {}, 5)
      return new Response(new ReadableStream({ pull: () => new Promise(() => {}) }))`)
    const called = call()
    expect(await called).toMatchObject({
      error: { code: 'handler-failed', message: expect.stringContaining('never ends') as string },
    })
    expect(called.seen.head?.status).toBe(200)
  })

  test('more than its request is, once that has nothing more to come', async () => {
    const { called } = post(`await request.text(); await new Promise(() => {})`)
    called.handle.finish()
    expect(await called).toMatchObject({ error: { message: expect.stringContaining('never answers') as string } })
  })
})

describe('a function that breaks its own world', () => {
  const BREAK = `const broken = () => { throw new Error('broken') };`
  const ECHO = `export default async (request) => new Response(request.body)`

  test('still streams both ways', async () => {
    const { call, guest } = start(`${BREAK} ${ECHO}
      Promise.prototype.then = Promise.prototype.catch = Promise.resolve = Promise.withResolvers = broken
      JSON.stringify = Object.entries = broken`)
    const called = call(POST)
    called.handle.feed(bytes('one, '))
    called.handle.feed(bytes('two'))
    called.handle.finish()
    expect(await called).toEqual({ streamed: true })
    expect(textOf(called.seen)).toBe('one, two')
    expect(guest.pending).toBe(0)
  })

  test.each([
    [
      'its globals',
      `for (const key of ['Promise', 'Uint8Array', 'ReadableStream', 'TypeError']) globalThis[key] = undefined`,
    ],
    ['maps', `Map.prototype.get = Map.prototype.set = broken`],
    [
      'the controller',
      `ReadableByteStreamController.prototype.enqueue = ReadableByteStreamController.prototype.close = broken`,
    ],
    ['the reader', `ReadableStreamDefaultReader.prototype.read = async () => ({ done: false, value: 7 })`],
    [
      'a reader without end',
      `const B = Uint8Array; ReadableStreamDefaultReader.prototype.read = async () => ({ done: false, value: new B(1e5) })`,
    ],
    ['slices', `Uint8Array.prototype.subarray = Uint8Array.prototype.slice = () => 3`],
    ['buffers', `Object.defineProperty(Uint8Array.prototype, 'buffer', { get: () => 'x' })`],
    ['lengths', `Object.defineProperty(Uint8Array.prototype, 'length', { get: () => 1e9 })`],
    [
      'cancelling',
      `ReadableStreamDefaultReader.prototype.cancel = ReadableStreamDefaultReader.prototype.read = broken`,
    ],
  ])('or fails alone: %s', async (_, code) => {
    const { call } = start(`${BREAK} ${code}; ${ECHO}`)
    const called = call(POST)
    if (called.seen.wanted > 0) called.handle.feed(bytes('some'))
    called.handle.finish()
    expect(Object.keys(await read(called))).toHaveLength(1)
    expect((await startHandler(`return new Response('well')`).fetch()).text).toBe('well')
  })
})

test('a piece of an answer that is a view of something longer is sent as far as it goes, also where its class slices as Node does', async () => {
  const { called } = post(`class Bytes extends Uint8Array { slice(from, to) { return this.subarray(from, to) } }
    const short = new Bytes([104, 105, 33]).subarray(0, 2), long = new Bytes(600_000).fill(46)
    return new Response(new ReadableStream({ start(c) { c.enqueue(short); c.enqueue(long); c.close() } }))`)
  await read(called)
  expect(textOf(called.seen)).toBe(`hi${'.'.repeat(600_000)}`)
})
