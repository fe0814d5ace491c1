import { brotliCompressSync, deflateRawSync, deflateSync, gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { Headers } from '@hither/core'
import { expect, test } from 'vitest'
import { text, whole } from '../support.ts'
import { loopback, testDesk } from './desk.ts'
import { out } from './out.ts'

/** Responses whose bodies were packed on their way. */

test.each([
  ['gzip', gzipSync, null],
  ['x-gzip', gzipSync, null],
  ['deflate', deflateSync, null],
  ['deflate', deflateRawSync, null],
  ['br', brotliCompressSync, null],
  ['gzip, br', (bytes: Buffer) => brotliCompressSync(gzipSync(bytes)), null],
  ['identity', (bytes: Buffer) => bytes, 'identity'],
  ['unheard-of', (bytes: Buffer) => bytes, 'unheard-of'],
])('packed by %s is unpacked', async (coding, pack, left) => {
  const { run } = await out((_, response) =>
    response.writeHead(200, { 'content-encoding': coding }).end(pack(Buffer.from('text '.repeat(10_000)))),
  )
  expect(
    await run(
      `const r = await fetch(url); const t = await r.text(); return Response.json([t === 'text '.repeat(10_000), r.headers.get('content-encoding')])`,
    ),
  ).toEqual([true, left])
})

test('one that would be packed by what is not unpacked here is not asked for, though a caller accepts it', async () => {
  const { job, runner } = await out((request, response) => {
    const packs = /zstd|\*/.test(request.headers['accept-encoding'] ?? '')
    if (packs) response.writeHead(200, { 'content-encoding': 'zstd' }).end(zstdCompressSync('text'))
    else response.end('text')
  })
  const asks = await job(`return fetch(new Request(url, request))`)
  const headers: Headers = [['accept-encoding', 'gzip, deflate, br, zstd']]
  expect(await text(runner.run({ ...asks, request: { ...asks.request, headers } }))).toBe('text')
})

test.each([
  ['gzip, deflate, br, zstd', 'gzip, deflate, br'],
  ['zstd;q=1.0, BR ;q=0.8, *;q=0.1', 'BR ;q=0.8'],
  ['identity', 'identity'],
  ['', ''],
  ['zstd', 'gzip, deflate, br'],
  ['*', 'gzip, deflate, br'],
])('of the codings %o, a request says that it accepts %o', async (accepted, sent) => {
  const server = await loopback()
  const { fetch } = testDesk({
    egress: [`api.test:${server.port}`],
    permits: { public: false, also: [{ address: '127.0.0.1', prefix: 32, port: server.port }] },
    resolve: () => Promise.resolve(['127.0.0.1']),
  })
  await fetch(`http://api.test:${server.port}/`, { headers: [['Accept-Encoding', accepted]] })
  expect(server.seen[0]?.headers['accept-encoding']).toBe(sent)
})

test('one that unpacks to more than the function may have ends, and costs nobody else anything', async () => {
  const bomb = brotliCompressSync(Buffer.alloc(64 * 1024 * 1024))
  const { run } = await out((_, response) => response.writeHead(200, { 'content-encoding': 'br' }).end(bomb))
  expect(
    await run(
      `const r = await fetch(url); try { for await (const _ of r.body); return Response.json('all') } catch (e) { return Response.json(e.message) }`,
      {
        limits: { bodyBytes: 1_000_000 },
      },
    ),
  ).toMatch(/more than 1000000 bytes/)
})

test('one that was packed twice ends as well where only what lies between the two is more', async () => {
  const gzipHead = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])
  // Of these blocks of deflate nothing ever comes out.
  const empty = Buffer.alloc(2_000_000)
  for (let at = 0; at < empty.length; at += 5) empty.set([0, 0, 0, 0xff, 0xff], at)
  const bomb = brotliCompressSync(Buffer.concat([gzipHead, empty]))
  const { run } = await out((_, response) => response.writeHead(200, { 'content-encoding': 'gzip, br' }).end(bomb))
  const asks = `const r = await fetch(url); return Response.json(await r.text().catch((e) => [e.name, e.message]))`
  expect(await run(asks, { limits: { bodyBytes: 1_000_000 } })).toEqual([
    'TypeError',
    "fetch failed: the response has more than 1000000 bytes, which is the function's `limits.bodyBytes`",
  ])
})

test('one that is no gzip at all fails when it is read', async () => {
  const { run } = await out((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip'))
  expect(
    await run(`const r = await fetch(url); return Response.json(await r.text().catch((e) => [e.name, e.message]))`),
  ).toEqual(['TypeError', 'fetch failed: the response cannot be unpacked'])
})

test.each([
  ['it', `return r`],
  ['its body', `return new Response(r.body, r)`],
  ['a copy', `return r.clone()`],
  ['what is made of its body', `return new Response(r.body.pipeThrough(new TransformStream()), r)`],
  ['its text', `return new Response(await r.text(), { headers: r.headers })`],
])('a handler may answer with %s: whoever reads that unpacks nothing', async (_, answer) => {
  const packed = gzipSync('text '.repeat(10_000))
  const { job, runner } = await out((_request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': packed.length, etag: '"1"' }).end(packed),
  )
  const { headers, body } = await whole(runner.run(await job(`const r = await fetch(url); ${answer}`)))
  const names = headers.map(([name]) => name)
  expect(names).toContain('etag')
  expect(names).not.toContain('content-encoding')
  expect(names).not.toContain('content-length')
  expect(Buffer.from(body).toString()).toBe('text '.repeat(10_000))
})

test('what a handler packs itself is sent as it says', async () => {
  const { job, runner } = await out()
  const { headers, body } = await whole(
    runner.run(
      await job(`const body = new Response('text').body.pipeThrough(new CompressionStream('gzip'))
        return new Response(body, { headers: { 'content-encoding': 'gzip' } })`),
    ),
  )
  expect(headers).toContainEqual(['content-encoding', 'gzip'])
  expect(gunzipSync(body).toString()).toBe('text')
})

test('an answer without a body says of that what it would say with it', async () => {
  const { run } = await out((_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': 17 }).end(),
  )
  const asks = `const { headers } = await fetch(url, { method: 'HEAD' })
    return Response.json([headers.get('content-encoding'), headers.get('content-length')])`
  expect(await run(asks)).toEqual(['gzip', '17'])
})
