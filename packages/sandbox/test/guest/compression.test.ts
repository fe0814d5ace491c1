import { brotliCompressSync, deflateRawSync, deflateSync, gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { COMPRESSION_PIECE_BYTES, COMPRESSION_STREAMS_MAX } from '../../src/guest/wall/compression.ts'
import { startHandler } from './start.ts'

const FORMATS = ['gzip', 'deflate', 'deflate-raw', 'brotli']

/** What the handler gets: the body of its request through a stream. */
const through = (stream: string): string => `return new Response(request.body.pipeThrough(${stream}))`

const post = (body: Uint8Array): { method: string; body: Uint8Array } => ({
  method: 'POST',
  // Not a Buffer, which may be a part of another.
  body: new Uint8Array(body),
})

describe('compression', () => {
  test.each(FORMATS)('of %s and back gives what was there', async (format) => {
    const { fetch } = startHandler(
      through(`new CompressionStream('${format}')).pipeThrough(new DecompressionStream('${format}')`),
    )
    const body = Buffer.from(Array.from({ length: 30_000 }, (_, i) => `line ${i}\n`).join(''))
    expect(Buffer.compare((await fetch(post(body))).body, body)).toBe(0)
  })

  test('is what others read', async () => {
    const { fetch } = startHandler(through(`new CompressionStream('gzip')`))
    const { body } = await fetch(post(Buffer.from('hello '.repeat(1000))))
    expect(body.length).toBeLessThan(200)
    expect(gunzipSync(body).toString()).toBe('hello '.repeat(1000))
  })

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate-raw', deflateRawSync],
    ['brotli', brotliCompressSync],
  ] as const)('reads %s of others', async (format, compress) => {
    const { fetch } = startHandler(through(`new DecompressionStream('${format}')`))
    expect((await fetch(post(compress('hello '.repeat(50_000))))).text).toBe('hello '.repeat(50_000))
  })

  test('of nothing is something', async () => {
    const { fetch } = startHandler(`const stream = new CompressionStream('gzip')
      void stream.writable.close()
      return new Response(stream.readable)`)
    expect(gunzipSync((await fetch()).body)).toHaveLength(0)
  })

  test('lets all writers wait until somebody reads', async () => {
    const { fetch } = startHandler(`const { writable, readable } = new CompressionStream('deflate')
      const writer = writable.getWriter()
      let written = 0
      for (let i = 0; i < 3; i++) writer.write(new Uint8Array(10)).then(() => (written += 1))
      await new Promise((go) => setTimeout(go, 5))
      const before = written
      void writer.close()
      await new Response(readable).arrayBuffer()
      return Response.json([before, written])`)
    expect(JSON.parse((await fetch()).text)).toEqual([0, 3])
  })
})

describe('what is wrong', () => {
  const error = (body: string): string => `try { ${body}; return new Response('no error') }
    catch (error) { return new Response(error.name) }`
  const gzip = `Uint8Array.of(${gzipSync('hello').join()})`
  const inflate = (bytes: string): string => `const { writable, readable } = new DecompressionStream('gzip')
    const writer = writable.getWriter()
    writer.write(${bytes}).catch(() => {})
    writer.close().catch(() => {})
    await new Response(readable).text()`

  test.each([
    ['a format that is none', `new CompressionStream('zip')`],
    ['no format', `new DecompressionStream()`],
    ['what is not compressed', inflate('new Uint8Array(100)')],
    ['what is cut short', inflate(`${gzip}.slice(0, -3)`)],
    ['what goes on after its end', inflate(`new Uint8Array([...${gzip}, 1, 2, 3])`)],
    ['what is no bytes', inflate(`'text'`)],
  ])('%s is a TypeError', async (_, body) => {
    const { fetch } = startHandler(error(body))
    expect((await fetch()).text).toBe('TypeError')
  })

  test('reaches the writer as well as the reader', async () => {
    const { fetch } = startHandler(`const { writable, readable } = new DecompressionStream('deflate')
      const writer = writable.getWriter()
      const write = writer.write(new Uint8Array(100)).catch((error) => error.name)
      const read = readable.getReader().read().catch((error) => error.name)
      return Response.json([await write, await read, await writer.closed.catch((error) => error.name)])`)
    expect(JSON.parse((await fetch()).text)).toEqual(['TypeError', 'TypeError', 'TypeError'])
  })

  test('a reader that leaves tells the writer why, and a writer the reader', async () => {
    const { fetch } = startHandler(`const one = new CompressionStream('gzip')
      const write = one.writable.getWriter().write(new Uint8Array(9)).catch((reason) => reason)
      await one.readable.cancel('enough')
      const two = new CompressionStream('gzip')
      const read = two.readable.getReader().read().catch((reason) => reason)
      await two.writable.abort('no more')
      return Response.json([await write, await read])`)
    expect(JSON.parse((await fetch()).text)).toEqual(['enough', 'no more'])
  })
})

describe('hostile code', () => {
  test('reads no more of a bomb than it asks for', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024))
    const { fetch, guest } = startHandler(
      `const reader = request.body.pipeThrough(new DecompressionStream('gzip')).getReader()
      const { value } = await reader.read()
      await new Promise((go) => setTimeout(go, 5))
      await reader.cancel()
      return new Response(String(value.length))`,
      { memoryMb: 16 },
    )
    expect((await fetch(post(bomb))).text).toBe(String(COMPRESSION_PIECE_BYTES))
    expect(guest.usable).toBe(true)
  })

  test('has so many streams at once, of which those of a call end with it', async () => {
    const { fetch } = startHandler(`const all = Array.from({ length: ${COMPRESSION_STREAMS_MAX} + 1 }, () => {
        const { readable, writable } = new CompressionStream('gzip')
        void writable.getWriter().write(new Uint8Array(1)).catch(() => {})
        const reader = readable.getReader()
        return reader
      })
      const reads = []
      for (const reader of all.slice(0, -1)) void reader.read()
      return new Response(await all.at(-1).read().then(() => 'more', (error) => error.name))`)
    expect((await fetch()).text).toBe('QuotaExceededError')
    expect((await fetch()).text).toBe('QuotaExceededError')
  })
})
