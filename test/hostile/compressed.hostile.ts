import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as zlib from 'node:zlib'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { connect } from '../../packages/sdk/src/http.ts'
import { inBothProfiles } from './support/jail.ts'
import { arena, CALM, megabytes, type Arena } from './support/arena.ts'
import { figure } from './support/report.ts'

const MB: number = 1024 * 1024

/** What is 64 MB of nothing when it is unpacked. */
const NOTHING = new Uint8Array(64 * MB)
const PACKED: [name: string, bytes: Uint8Array][] = [
  ['gzip', zlib.gzipSync(NOTHING)],
  ['deflate', zlib.deflateSync(NOTHING)],
  ['br', zlib.brotliCompressSync(NOTHING, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } })],
  ['zstd', zlib.zstdCompressSync(NOTHING)],
]

const ECHO = `export default async (request) => {
  const body = await request.bytes()
  return new Response(body, { headers: { 'content-encoding': request.headers.get('content-encoding'), 'x-bytes': String(body.length) } }) }`

const UNPACK = (format: string): string => `export default async (request) => {
  const unpacked = request.body.pipeThrough(new DecompressionStream('${format}')).getReader()
  let bytes = 0
  for (let i = 0; i < 8; i++) bytes += (await unpacked.read()).value.length
  await unpacked.cancel()
  return new Response(String(bytes)) }`

inBothProfiles((profile) => {
  let on: Arena
  beforeAll(async () => {
    on = await arena(profile)
    return () => on.close()
  })

  test.each(PACKED)(
    'B09: a body packed by %s goes in and out as it is, and counts as long as it is',
    async (name, bytes) => {
      const job = await on.job(ECHO, { body: bytes, limits: CALM })
      Object.assign(job.request, { method: 'POST', headers: [['content-encoding', name]] })
      const { outcome, bytes: answered, peakBytes } = await on.blast(job)
      expect([outcome, answered]).toEqual(['answered', bytes.length])
      expect(peakBytes).toBeLessThan(NOTHING.length + 64 * MB)
      figure(
        'B09',
        `${profile}: ${bytes.length} bytes of ${name} that unpack to ${megabytes(NOTHING.length)}`,
        `peak ${megabytes(peakBytes)}`,
      )
      // Its limit is of what is sent.
      const tight = {
        ...job,
        manifest: { ...job.manifest, limits: { ...job.manifest.limits, bodyBytes: bytes.length - 1 } },
      }
      expect((await on.blast(tight)).outcome).toBe('too-large')
    },
  )

  test.each(PACKED.slice(0, 2))(
    'B09: what a handler unpacks of %s takes room only as far as it is read',
    async (name, bytes) => {
      const job = await on.job(UNPACK(name), { body: bytes, limits: CALM })
      Object.assign(job.request, { method: 'POST' })
      const { outcome, peakBytes } = await on.blast(job)
      expect(outcome).toBe('answered')
      expect(peakBytes).toBeLessThan(NOTHING.length + 64 * MB)
      figure(
        'B09',
        `${profile}: ${megabytes(NOTHING.length)} of ${name} unpacked in the isolate`,
        `peak ${megabytes(peakBytes)}`,
      )
    },
  )
})

test('B09: of a result that unpacks to a gigabyte on its way to the caller no more is taken than a result may have', async () => {
  const bomb = Buffer.concat(Array<Buffer>(1024).fill(zlib.gzipSync(Buffer.alloc(MB, 'x'))))
  const gateway = createServer((_, response) => {
    response.writeHead(200, {
      'content-encoding': 'gzip',
      'content-type': 'application/vnd.hither.rpc',
      'hither-call': 'c',
      'hither-cid': 'c',
      'hither-peer': 'p',
    })
    response.end(bomb)
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void gateway.close())
  await once(gateway, 'listening')
  const net = await connect({ url: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}` })
  onTestFinished(() => net.close())
  const before = process.memoryUsage.rss()
  await expect(net.functions<{ f: () => string }>('x').f()).rejects.toMatchObject({ code: 'result-too-large' })
  const grownBytes = process.memoryUsage.rss() - before
  expect(grownBytes).toBeLessThan(256 * MB)
  figure('B09', `a caller’s memory for ${bomb.length} bytes that unpack to 1 GB`, `grew ${megabytes(grownBytes)}`)
})
