import { expect, test } from 'vitest'
import { FETCHES_AT_ONCE_MAX } from '../../../src/guest/wall/limits.ts'
import { FETCHES_PER_CALL_MAX } from '../../../src/host/outbound/limits.ts'
import { FRAME } from '../../../src/ipc/frames.ts'
import { PIECE_MIN_COST_BYTES, WINDOW_BYTES } from '../../../src/ipc/limits.ts'
import { answeredIn, isOver, loopback, testDesk, type DeskInit, type TestDesk } from './desk.ts'
import { written, writtenPiece } from '../written.ts'

/** A desk whose owner permits this port of loopback, and whose call may ask it as `api.test`. */
function permitting(port: number, init: DeskInit = {}): TestDesk {
  return testDesk({
    egress: [`api.test:${port}`],
    permits: { public: false, also: [{ address: '127.0.0.1', prefix: 32, port }] },
    resolve: () => Promise.resolve(['127.0.0.1']),
    ...init,
  })
}

const bytes = (size: number): Uint8Array => new Uint8Array(size).fill(0x61)

test('a request goes where manifest and owner let it, with its method, headers and body', async () => {
  const server = await loopback((_, response) => void response.writeHead(201, { 'x-one': '1' }).end('made'))
  const { fetch } = permitting(server.port)
  const { status, headers, text } = await fetch(`http://api.test:${server.port}/a?b=c#d`, {
    method: 'POST',
    headers: [['x-two', '2']],
    body: 'tell',
  })
  expect({ status, text }).toEqual({ status: 201, text: 'made' })
  expect(headers).toContainEqual(['x-one', '1'])
  expect(server.seen).toMatchObject([{ method: 'POST', url: '/a?b=c', body: 'tell' }])
  expect(server.seen[0]?.headers).toMatchObject({
    host: `api.test:${server.port}`,
    'x-two': '2',
    'content-length': '4',
    'accept-encoding': 'gzip, deflate, br',
  })
})

test('what says how a message is put on the wire is not for functions to say', async () => {
  const server = await loopback()
  const { fetch } = permitting(server.port)
  const headers: [string, string][] = [
    ['Host', 'evil.test'],
    ['Transfer-Encoding', 'chunked'],
    ['Content-Length', '999'],
    ['Connection', 'keep-alive, x-secret'],
    ['Upgrade', 'h2c'],
    ['Expect', '100-continue'],
  ]
  expect(await fetch(`http://api.test:${server.port}/`, { headers })).toMatchObject({ status: 200 })
  expect(server.seen[0]?.headers).toMatchObject({ host: `api.test:${server.port}`, connection: 'close' })
  expect(Object.keys(server.seen[0]?.headers ?? {})).not.toContain('upgrade')
  expect(Object.keys(server.seen[0]?.headers ?? {})).not.toContain('transfer-encoding')
})

test.each([
  [[['a b', 'c']], /HTTP cannot carry/],
  [[['a', 'b\r\nc: d']], /HTTP cannot carry/],
  [[['a', 'x'.repeat(40_000)]], /limit is 32768/],
] as [[string, string][], RegExp][])('headers that no request can have are refused', async (headers, why) => {
  const server = await loopback()
  const { error } = await permitting(server.port).fetch(`http://api.test:${server.port}/`, { headers })
  expect(error).toMatch(why)
  expect(server.connections).toBe(0)
})

test.each(['CONNECT', 'trace', 'TRACK'])('the method %s is refused', async (method) => {
  const server = await loopback()
  const { error } = await permitting(server.port).fetch(`http://api.test:${server.port}/`, { method })
  expect(error).toMatch(/method/)
})

test('a response of megabytes comes as far as there is room', async () => {
  const size = 4 * WINDOW_BYTES
  const server = await loopback((_, response) => void response.end(bytes(size)))
  const on = permitting(server.port, { maxBytes: 2 * size })
  on.say(written(FRAME.fetch, 1, { call: 1, method: 'GET', url: `http://api.test:${server.port}/`, headers: [] }))
  const got = (): number =>
    on.said(1).reduce((sum, { type, body }) => sum + (type === FRAME.download ? body.length : 0), 0)
  let granted = WINDOW_BYTES
  for (;;) {
    // A piece of whatever length takes a kilobyte of its window at least.
    await on.until(1, (messages) => got() > granted - PIECE_MIN_COST_BYTES || isOver(messages))
    await new Promise((go) => setImmediate(go))
    expect(got()).toBeLessThanOrEqual(granted)
    if (isOver(on.said(1))) break
    const room = WINDOW_BYTES / 2
    on.say(written(FRAME.room, 1, { room }))
    granted += room
  }
  expect(got()).toBe(size)
})

test('a body that streams goes as pieces, with room as they are read', async () => {
  const server = await loopback((request, response) => void request.on('end', () => response.end('all')))
  const on = permitting(server.port)
  const url = `http://api.test:${server.port}/`
  on.say(written(FRAME.fetch, 1, { call: 1, method: 'POST', url, headers: [], streams: true }))
  const room = (): number =>
    on.said(1).reduce((sum, { type, head }) => sum + (type === FRAME.room ? head.integer('room', 1, 1e9) : 0), 0)
  for (let sent = 0; sent < 8 * 65_536; sent += 65_536) {
    await on.until(1, () => WINDOW_BYTES + room() - sent >= 65_536)
    on.say(writtenPiece(1, bytes(65_536), FRAME.upload))
  }
  on.say(written(FRAME.uploaded, 1))
  expect(answeredIn(await on.until(1, isOver))).toMatchObject({ status: 200, text: 'all' })
  expect(server.seen[0]?.body).toHaveLength(8 * 65_536)
  expect(server.seen[0]?.headers).toMatchObject({ 'transfer-encoding': 'chunked' })
})

test.each([
  [
    'a piece beyond the window',
    Array.from({ length: WINDOW_BYTES / 65_536 + 1 }, () => writtenPiece(1, bytes(65_536), FRAME.upload)).flat(),
  ],
  ['room beyond the window', written(FRAME.room, 1, { room: 1 })],
  ['a number again', written(FRAME.fetch, 1, { call: 1, method: 'GET', url: 'http://a/', headers: [] })],
  ['a piece of a request that it never made', writtenPiece(9, bytes(1), FRAME.upload)],
  ['headers that are none', written(FRAME.fetch, 2, { call: 1, method: 'GET', url: 'http://a/', headers: 'x' })],
])('a process that sends %s breaks the protocol', async (_, frames) => {
  const server = await loopback(() => undefined)
  const on = permitting(server.port)
  const url = `http://api.test:${server.port}/`
  on.say(written(FRAME.fetch, 1, { call: 1, method: 'POST', url, headers: [], streams: true }))
  expect(() => on.say(frames)).toThrow(expect.objectContaining({ code: 'bad-message' }) as Error)
})

test('responses, and bodies of requests, are bounded for all of a call together', async () => {
  const server = await loopback((_, response) => void response.end(bytes(600)))
  const { fetch } = permitting(server.port, { maxBytes: 1000 })
  const url = `http://api.test:${server.port}/`
  expect(await fetch(url)).toMatchObject({ status: 200 })
  expect((await fetch(url)).error).toMatch(/more than 1000 bytes/)
  expect((await fetch(url, { method: 'POST', body: 'x'.repeat(1001) })).error).toMatch(/more than 1000 bytes/)
})

test('one response is, too', async () => {
  const server = await loopback((_, response) => void response.end(bytes(2000)))
  expect(await permitting(server.port, { maxBytes: 1000 }).fetch(`http://api.test:${server.port}/`)).toMatchObject({
    status: 200,
    error: expect.stringMatching(/1000 bytes/) as string,
  })
})

test('so many requests at once, and so many in all', async () => {
  const held = await loopback(() => undefined)
  const many = permitting(held.port)
  const url = `http://api.test:${held.port}/`
  for (let id = 1; id <= FETCHES_AT_ONCE_MAX + 1; id++)
    many.say(written(FRAME.fetch, id, { call: 1, method: 'GET', url, headers: [] }))
  expect(answeredIn(many.said(FETCHES_AT_ONCE_MAX + 1)).error).toMatch(/at once/)
  const { fetch } = testDesk({})
  for (let at = 0; at < FETCHES_PER_CALL_MAX; at++) expect((await fetch('http://a.test/')).error).toMatch(/egress/)
  expect((await fetch('http://a.test/')).error).toMatch(/more than 256 requests/)
})

test('a call that nobody made asks for nothing', async () => {
  const server = await loopback()
  const { fetch } = permitting(server.port)
  expect((await fetch(`http://api.test:${server.port}/`, { call: 2 })).error).toMatch(/is over/)
  expect(server.connections).toBe(0)
})

test('the end of a call ends its requests; one that goes on keeps them until it is over', async () => {
  let gone = Promise.withResolvers<void>()
  const server = await loopback((request) => void request.on('close', () => gone.resolve()))
  const on = permitting(server.port)
  const head = { call: 1, method: 'GET', url: `http://api.test:${server.port}/`, headers: [] }
  on.say(written(FRAME.fetch, 1, head))
  while (server.seen.length === 0) await new Promise((go) => setImmediate(go))
  on.desk.ended(1, false)
  await gone.promise

  gone = Promise.withResolvers()
  on.desk.ended(1, true)
  on.say(written(FRAME.fetch, 2, head))
  while (server.seen.length === 1) await new Promise((go) => setImmediate(go))
  on.say(written(FRAME.over, 1))
  await gone.promise
  expect(on.said(2)).toEqual([])
})

test.each([
  ['nothing', (_: unknown, response: { destroy(): void }) => response.destroy(), /broke before/],
  [
    'less than it said',
    (
      _: unknown,
      response: { writeHead(n: number, h: object): unknown; write(s: string): unknown; destroy(): void },
    ) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('some')
      setImmediate(() => response.destroy())
    },
    /broke before/,
  ],
  [
    'headers without end',
    (_: unknown, response: { writeHead(n: number, h: object): { end(): unknown } }) =>
      void response.writeHead(200, { 'x-long': 'x'.repeat(40_000) }).end(),
    /headers of more than 32768/,
  ],
])('a server that sends %s', async (_, answer, why) => {
  const server = await loopback(answer as Parameters<typeof loopback>[0])
  const { error } = await permitting(server.port).fetch(`http://api.test:${server.port}/`)
  expect(error).toMatch(why)
  expect(error).toContain('api.test')
})

test('a call that still runs is not over, and has no second budget', async () => {
  const { fetch, say } = testDesk({})
  for (let at = 0; at < FETCHES_PER_CALL_MAX; at++) await fetch('http://a.test/')
  expect(() => say(written(FRAME.over, 1))).toThrow(expect.objectContaining({ code: 'bad-message' }) as Error)
  expect((await fetch('http://a.test/')).error).toMatch(/more than 256 requests/)
})

test('a call that nobody waits for any more may still say that it is over', () => {
  expect(() => testDesk({}).say(written(FRAME.over, 2))).not.toThrow()
})
