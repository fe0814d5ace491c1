import { once } from 'node:events'
import { createHash } from 'node:crypto'
import { request, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isWhole, piecesOf, readWhole, WHOLE_BODY_MAX_BYTES, type Body } from '@hither/core'
import { expect, test } from 'vitest'
import type { GatewayCall } from '../src/api.ts'
import { answer, start, type Started } from './helpers/gateway.ts'
import { ask } from './helpers/http.ts'
import { raw } from './helpers/raw.ts'

/** Answers with how the body came, and what it was. */
const describeBody: GatewayCall = async ({ body }) => {
  if (body === undefined) return answer('none')
  const bytes = await readWhole(body)
  return answer(
    `${isWhole(body) ? 'whole' : 'streamed'} ${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`,
  )
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

test('short bodies come whole, long and chunked ones as streams', async () => {
  const gateway = await start(describeBody)
  const post = async (body: string | Uint8Array, headers = {}): Promise<string> =>
    (await ask(gateway, { method: 'POST', body, headers })).body
  const limit = new Uint8Array(WHOLE_BODY_MAX_BYTES).fill(1)
  const more = new Uint8Array(WHOLE_BODY_MAX_BYTES + 1).fill(2)
  expect(await post('')).toBe('none')
  expect(await post('hello')).toBe(`whole 5 ${digest(Buffer.from('hello'))}`)
  expect(await post(limit)).toBe(`whole ${limit.length} ${digest(limit)}`)
  expect(await post(more)).toBe(`streamed ${more.length} ${digest(more)}`)
  expect(await post('hello', { 'transfer-encoding': 'chunked' })).toBe(`streamed 5 ${digest(Buffer.from('hello'))}`)
})

/** A request of 64 MiB that counts how much of it was taken. */
function upload({ port }: Started): { sent: () => number; answered: Promise<number | undefined> } {
  const headers = { host: `up.localhost:${port}` }
  const req = request({ host: '127.0.0.1', port, method: 'PUT', headers, agent: false })
  const piece = new Uint8Array(64 * 1024)
  let sent = 0
  function* pieces(): Generator<Uint8Array, void, void> {
    for (let i = 0; i < 1024; i++) {
      sent += piece.length
      yield piece
    }
  }
  const answered = once(req, 'response').then(([res]) => (res as IncomingMessage).statusCode)
  // The connection may be broken off under what is left.
  pipeline(Readable.from(pieces()), req).catch(() => undefined)
  return { sent: () => sent, answered }
}

test('of a streamed body no more is read than the function asks for', async () => {
  const pulled = Promise.withResolvers<AsyncIterator<Uint8Array>>()
  const finish = Promise.withResolvers<void>()
  const gateway = await start(async ({ body = new Uint8Array() }) => {
    const pieces = piecesOf(body)
    await pieces.next()
    pulled.resolve(pieces)
    await finish.promise
    let bytes = 0
    for await (const piece of pieces) bytes += piece.length
    return answer(String(bytes))
  })
  const { sent, answered } = upload(gateway)
  await pulled.promise
  // Sockets hold some megabytes; what is beyond them waits at the client.
  let before = -1
  while (sent() !== before) {
    before = sent()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  expect(before).toBeLessThan(32 * 1024 ** 2)
  finish.resolve()
  expect(await answered).toBe(200)
  expect(sent()).toBe(64 * 1024 ** 2)
})

test('a function that has seen enough of a body leaves it, and its answer arrives all the same', async () => {
  const gateway = await start(async ({ body = new Uint8Array() }) => {
    for await (const _ of piecesOf(body)) break
    return answer('enough', { status: 413 })
  })
  expect(await upload(gateway).answered).toBe(413)
})

test('a client that goes away in the middle of its body breaks the stream, and cancels the call', async () => {
  const ended = Promise.withResolvers<unknown>()
  const gateway = await start(async ({ body = new Uint8Array() }: { body?: Body }) => {
    await readWhole(body).catch((error: unknown) => ended.resolve(error))
    return answer('')
  })
  const client = await raw(gateway.port)
  client.send(`POST / HTTP/1.1\r\nhost: up.localhost:${gateway.port}\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n`)
  while (gateway.calls.length === 0) await new Promise((resolve) => setImmediate(resolve))
  client.socket.destroy()
  expect(await ended.promise).toMatchObject({ code: 'cancelled' })
  expect(gateway.calls[0]?.signal.aborted).toBe(true)
})

test('a client that asks first is told to go on when its body is wanted', async () => {
  const gateway = await start(describeBody)
  const client = await raw(gateway.port)
  client.send(
    `POST / HTTP/1.1\r\nhost: up.localhost:${gateway.port}\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n`,
  )
  await client.until('HTTP/1.1 100 Continue\r\n\r\n')
  client.send('abc')
  await client.until('whole 3')
  expect(gateway.calls[0]?.params.headers?.map(([name]) => name)).toEqual(['host', 'content-length'])
  // The connection goes on.
  client.send(`GET / HTTP/1.1\r\nhost: up.localhost:${gateway.port}\r\n\r\n`)
  await client.until('none')
})

test('a client is told to go on before an answer begins that its body may go into', async () => {
  const gateway = await start(async ({ body }) => answer(piecesOf(body ?? new Uint8Array(0))))
  const client = await raw(gateway.port)
  client.send(
    `POST / HTTP/1.1\r\nhost: up.localhost:${gateway.port}\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n`,
  )
  const head = await client.until('HTTP/1.1 200')
  expect(head).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /)
  client.send('3\r\nabc\r\n0\r\n\r\n')
  const all = await client.until('3\r\nabc\r\n0\r\n\r\n')
  expect(all.match(/100 Continue/g)).toHaveLength(1)
})

test('one whose body nobody asked for is answered, and its connection closed: what follows could be either', async () => {
  const gateway = await start(async () => answer('no, thanks', { status: 403 }))
  const client = await raw(gateway.port)
  const length = WHOLE_BODY_MAX_BYTES + 1
  client.send(
    `POST / HTTP/1.1\r\nhost: up.localhost:${gateway.port}\r\nexpect: 100-continue\r\ncontent-length: ${length}\r\n\r\n`,
  )
  const heard = await client.closed
  expect(heard).toMatch(/^HTTP\/1\.1 403 /)
  expect(heard.toLowerCase()).toContain('connection: close')
  expect(heard).not.toContain('100 Continue')
})

test('nor is one read on from that expects what is not on offer', async () => {
  const gateway = await start(describeBody)
  const client = await raw(gateway.port)
  client.send(`POST / HTTP/1.1\r\nhost: up.localhost:${gateway.port}\r\nexpect: more\r\ncontent-length: 3\r\n\r\n`)
  expect(await client.closed).toMatch(/^HTTP\/1\.1 417 [^]*connection: close/i)
  expect(gateway.calls).toEqual([])
})
