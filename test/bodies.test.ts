import { fileURLToPath } from 'node:url'
import { isWhole, readWhole, type ByteStream } from '@hither/core'
import { connectControl, homePaths, type CallParams, type CallResult, type ControlClient } from '@hither/peer'
import { expect, onTestFinished, test } from 'vitest'
import type { RunningPeer } from '../examples/demo/fn.ts'
import { watchMemory } from './support/memory.ts'
import { joining, testNetwork, type TestNetwork } from './support/network.ts'

const STREAMS = fileURLToPath(new URL('handlers/streams', import.meta.url))

/** How much flows each way: little in every run of the tests, 1 GB where `npm run test:bodies` says so. */
const MB = 1_000_000
const BIG_BYTES = Number(process.env['HITHER_BODY_MB'] ?? 64) * MB

/** What any process may take while bodies of any size flow through it: its code, its heap, and bounded windows. */
const MEMORY_MAX_MB = 400

interface Bodies {
  net: TestNetwork
  runner: RunningPeer
  caller: RunningPeer
  api: ControlClient
  call: (path: string, params?: Partial<CallParams>) => Promise<CallResult>
}

/** A runner, and a caller's peer, which the test speaks to as an app does. */
async function bodies(): Promise<Bodies> {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const runner = await net.up('runner', ['--volunteer', '--trust', dev], { env: { HITHER_LOG: 'info' } })
  await net.json('dev', ['deploy', STREAMS, ...joining(runner)])
  const caller = await net.up('dev', joining(runner))
  const api = await connectControl(homePaths(net.home('dev')).socket)
  if (api === undefined) throw new Error('the caller’s peer does not answer')
  onTestFinished(() => api.close())
  return {
    net,
    runner,
    caller,
    api,
    call: (path, params) => api.call({ target: 'streams', path, deadlineMs: 10 * 60_000, ...params }),
  }
}

async function* zeros(bytes: number): AsyncGenerator<Uint8Array> {
  const piece = new Uint8Array(64 * 1024)
  for (let left = bytes; left > 0; left -= piece.length) yield left < piece.length ? piece.subarray(0, left) : piece
}

async function* endsWith(over: Promise<void>): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(1)
  await over
}

async function length(body: CallResult['body']): Promise<number> {
  let bytes = 0
  for await (const piece of body as ByteStream) bytes += piece.length
  return bytes
}

async function text(result: CallResult): Promise<string> {
  return new TextDecoder().decode(await readWhole(result.body))
}

test(
  `${BIG_BYTES / MB} MB flow each way through every process, whose memory stays bounded`,
  { timeout: 20 * 60_000 },
  async () => {
    const { runner, caller, call } = await bodies()
    await call('/count', { method: 'POST', body: zeros(MB) }).then(text)
    const memory = await watchMemory([runner.pid, caller.pid])

    const up = await call('/count', { method: 'POST', body: zeros(BIG_BYTES) })
    expect(JSON.parse(await text(up))).toEqual({ bytes: BIG_BYTES })
    const down = await call(`/make?bytes=${BIG_BYTES}`)
    expect(await length(down.body)).toBe(BIG_BYTES)
    const both = await call('/echo', { method: 'POST', body: zeros(BIG_BYTES) })
    expect(await length(both.body)).toBe(BIG_BYTES)
    expect(await both.report).toMatchObject({ receipt: { seal: { signature: expect.any(Uint8Array) } } })

    const peaks = await memory.peaks()
    console.log(`bodies: ${BIG_BYTES / MB} MB up, down and through; peak MB by process`, Object.fromEntries(peaks))
    expect(peaks.size).toBeGreaterThanOrEqual(3)
    for (const peak of peaks.values()) expect(peak).toBeLessThan(MEMORY_MAX_MB)
  },
)

test('the first bytes of an answer are there before its handler makes the last', async () => {
  const { call } = await bodies()
  const released = Promise.withResolvers<void>()
  const { body, status } = await call('/held', { method: 'POST', body: endsWith(released.promise) })
  expect(status).toBe(200)
  const reader = (body as ByteStream)[Symbol.asyncIterator]()
  const first = await reader.next()
  expect(new TextDecoder().decode(first.value as Uint8Array)).toBe('first ')
  released.resolve()
  const last = await reader.next()
  expect(new TextDecoder().decode(last.value as Uint8Array)).toBe('last')
  expect((await reader.next()).done).toBe(true)
})

test('events arrive one by one, and a caller who leaves aborts the handler’s request', async () => {
  const { call, runner } = await bodies()
  const { body, report } = await call('/events')
  let seen = ''
  for await (const piece of body as ByteStream) {
    seen += new TextDecoder().decode(piece)
    if (seen.includes('data: 3')) break
  }
  expect(seen).toMatch(/^data: 1\n\ndata: 2\n\ndata: 3\n\n/)
  await expect(report).rejects.toMatchObject({ code: 'cancelled' })
  await expect.poll(() => runner.stderr()).toContain('the caller has left')
})

test('an answer that breaks on the way is an error at its reader, with the handler’s words', async () => {
  const { call } = await bodies()
  const { body, report } = await call('/breaks')
  await expect(length(body)).rejects.toMatchObject({
    code: 'handler-failed',
    message: expect.stringContaining('no more of it'),
  })
  await expect(report).rejects.toMatchObject({ code: 'handler-failed' })
})

test('an answer whose runner is killed under it is an error, never a short success', async () => {
  const { call, runner } = await bodies()
  const { body } = await call('/events')
  const reader = (body as ByteStream)[Symbol.asyncIterator]()
  await reader.next()
  await runner.end('SIGKILL')
  const drained = async (): Promise<void> => {
    while ((await reader.next()).done !== true);
  }
  await expect(drained()).rejects.toMatchObject({ code: 'link-lost' })
})

test('a handler may answer without reading; its request’s source is left', async () => {
  const { call } = await bodies()
  let left = false
  const endless: AsyncIterableIterator<Uint8Array> = {
    next: async () => ({ done: false, value: new Uint8Array(50_000) }),
    async return() {
      left = true
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]: () => endless,
  }
  expect(await text(await call('/ignores', { method: 'POST', body: endless }))).toBe('not read')
  await expect.poll(() => left).toBe(true)
})

test('many bodies at once all arrive, and small calls between them: whoever finds no place waits for one', async () => {
  const { call } = await bodies()
  const sizes = Array.from({ length: 40 }, (_, i) => 500_000 + i)
  // A machine of one core has 40 places, of which a caller gets 33; how soon they are free is its own affair.
  const waitMs = 60_000
  const echo = (size: number): Promise<CallResult> => call('/echo', { method: 'POST', body: zeros(size), waitMs })
  const echoes = sizes.map(async (size) => length((await echo(size)).body))
  const small = Array.from({ length: 10 }, async () => text(await call('/ignores', { waitMs })))
  expect(await Promise.all(echoes)).toEqual(sizes)
  expect(new Set(await Promise.all(small))).toEqual(new Set(['not read']))
})

test('fn invoke streams files in and answers out, and its receipt can be shown', async () => {
  const { net } = await bodies()
  const { writeFile } = await import('node:fs/promises')
  const bytes = Buffer.alloc(3 * MB, 'abcdefg')
  await writeFile(`${net.folder}/big`, bytes)
  const echoed = await net.fn('dev', ['invoke', 'streams', '-p', '/echo', '-d', `@${net.folder}/big`])
  expect(echoed.code).toBe(0)
  expect(echoed.stdout.length).toBe(bytes.length)
  const [, call = ''] = /call (\w+)/.exec(echoed.stderr) ?? []
  const shown = await net.json<{ call: string; signed: boolean }>('dev', ['receipt', call])
  expect(shown).toMatchObject({ call, signed: true })

  const file = `${net.folder}/receipt.json`
  await writeFile(file, JSON.stringify(shown))
  expect(await net.json('dev', ['receipt', file])).toMatchObject({ signed: true })
  const { receipt } = shown as unknown as { receipt: { runMs: number } }
  await writeFile(file, JSON.stringify({ ...shown, receipt: { ...receipt, runMs: receipt.runMs + 1 } }))
  expect(await net.error('dev', ['receipt', file])).toMatchObject({ exitCode: 1, code: 'bad-answer' })
  expect(await net.error('dev', ['receipt', 'nosuchcall'])).toMatchObject({ code: 'unknown-receipt' })
})

test('a short answer comes whole', async () => {
  const { call } = await bodies()
  expect(isWhole((await call('/ignores')).body)).toBe(true)
})
