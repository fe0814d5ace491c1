import { once } from 'node:events'
import type { ByteStream } from '@hither/core'
import { expect, onTestFinished, test, vi } from 'vitest'
import { CALLS_MAX, WHOLE_BODY_MS } from '../src/limits.ts'
import { answer, start, type Started } from './helpers/gateway.ts'
import { ask } from './helpers/http.ts'
import { raw, type Raw } from './helpers/raw.ts'

/** More than any test may take. */
const LONG_MS = 2 ** 31 - 1

const never: Promise<never> = new Promise(() => {})

/** Sends all of them at once. */
async function pipelined({ port }: Started, paths: readonly string[]): Promise<Raw> {
  const client = await raw(port)
  client.send(paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: a.localhost:${port}\r\n\r\n`).join(''))
  return client
}

async function called({ calls }: Started, count: number): Promise<void> {
  while (calls.length < count) await new Promise((resolve) => setImmediate(resolve))
}

test('when a client leaves, nothing is left of the answers behind the one that it waits for', async () => {
  const left = Promise.withResolvers<void>()
  async function* endless(): ByteStream {
    try {
      for (;;) yield new Uint8Array(1024 ** 2)
    } finally {
      left.resolve()
    }
  }
  const gateway = await start(async ({ path }) => {
    if (path === '/slow') return never
    return answer(path === '/stream' ? endless() : 'fast')
  })
  const client = await pipelined(gateway, ['/slow', '/fast', '/stream', '/slow'])
  await called(gateway, 4)
  client.socket.destroy()
  await left.promise
  await expect(gateway.stop({ graceMs: LONG_MS })).resolves.toBeUndefined()
})

test('nor is when the one in front breaks off', async () => {
  const goOn = Promise.withResolvers<void>()
  async function* breaks(): ByteStream {
    yield new TextEncoder().encode('begun')
    await goOn.promise
    throw new Error('the runner is gone')
  }
  const gateway = await start(async ({ path }) => answer(path === '/breaks' ? breaks() : 'fast'))
  const client = await pipelined(gateway, ['/breaks', '/fast', '/fast'])
  await called(gateway, 3)
  await client.until('begun')
  goOn.resolve()
  await client.closed
  await expect(gateway.stop({ graceMs: LONG_MS })).resolves.toBeUndefined()
})

test('nor when one asks for a tunnel behind them, which has no answer: it would be taken for that of the first', async () => {
  const gateway = await start(async ({ path }) => (path === '/slow' ? never : answer('fast')))
  const client = await pipelined(gateway, ['/slow', '/fast', '/fast'])
  await called(gateway, 3)
  client.send('CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n')
  expect(await client.closed).toBe('')
  await expect(gateway.stop({ graceMs: LONG_MS })).resolves.toBeUndefined()
})

test('they take no place from the calls that come after', async () => {
  const gateway = await start(async ({ path }) => (path === '/slow' ? never : answer('fast')))
  const paths = ['/slow', ...Array.from({ length: CALLS_MAX / 8 }, () => '/fast')]
  const clients = await Promise.all(Array.from({ length: 8 }, () => pipelined(gateway, paths)))
  await called(gateway, CALLS_MAX)
  expect(await ask(gateway)).toMatchObject({ status: 503, headers: { 'hither-error': 'busy' } })
  for (const { socket } of clients) socket.destroy()
  await Promise.all(gateway.calls.map(({ signal }) => aborted(signal)))
  expect(await ask(gateway)).toMatchObject({ status: 200, body: 'fast' })
})

test('a gateway that stops sends all answers of a connection, and says with the last that nothing more is to come', async () => {
  const finish = Promise.withResolvers<void>()
  const gateway = await start(async ({ path = '' }) => {
    await finish.promise
    return answer(path)
  })
  const client = await pipelined(gateway, ['/first', '/second'])
  await called(gateway, 2)
  const stopped = gateway.stop()
  finish.resolve()
  expect(await client.closed).toMatch(/connection: keep-alive[^]*\/first[^]*connection: close[^]*\/second$/i)
  await stopped
})

test('a body is waited for when it is its turn, and not before: what is in front would be lost', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const [finish, asked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const aliases = async (): Promise<Record<string, string>> => {
    setImmediate(asked.resolve)
    return {}
  }
  const gateway = await start(
    async () => {
      await finish.promise
      return answer('slow')
    },
    { peer: { aliases } },
  )
  const client = await pipelined(gateway, ['/slow'])
  client.send(`POST /fn/ann/x HTTP/1.1\r\nhost: localhost:${gateway.port}\r\ncontent-length: 3\r\n\r\n`)
  await asked.promise
  vi.advanceTimersByTime(WHOLE_BODY_MS)
  finish.resolve()
  await client.until('slow')
  vi.advanceTimersByTime(WHOLE_BODY_MS)
  expect(await client.closed).toMatch(/slow$/)
  expect(gateway.calls).toHaveLength(1)
})

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}
