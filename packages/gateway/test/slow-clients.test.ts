import type { ByteStream } from '@hither/core'
import { expect, onTestFinished, test, vi } from 'vitest'
import { SEND_MS } from '../src/limits.ts'
import { answer, echo, start } from './helpers/gateway.ts'
import { ask } from './helpers/http.ts'
import { raw, sayAndHear } from './helpers/raw.ts'

test('a head that does not come to its end in time is not waited for', async () => {
  const gateway = await start(echo, { patience: { headMs: 100, checkMs: 20 } })
  expect(await sayAndHear(gateway.port, 'GET / HTTP/1.1\r\nhost: a.loc')).toMatch(/^HTTP\/1\.1 408 /)
  // Nor one that never begins.
  expect(await sayAndHear(gateway.port, '')).toMatch(/^HTTP\/1\.1 408 |^$/)
  expect(gateway.calls).toEqual([])
})

test('hundreds of slow connections keep nobody from being served', async () => {
  const gateway = await start(echo)
  const slow = await Promise.all(Array.from({ length: 400 }, () => raw(gateway.port)))
  for (const client of slow) client.send(`POST / HTTP/1.1\r\nhost: a.localhost:${gateway.port}\r\nx-slow: `)
  for (let i = 0; i < 50; i++) {
    for (const client of slow) client.send('y')
    expect((await ask(gateway)).status).toBe(200)
  }
  expect(gateway.calls).toHaveLength(50)
})

test('where there are too many connections, the oldest that wait give way, and those at work go on', async () => {
  const finish = Promise.withResolvers<void>()
  const gateway = await start(
    async ({ path }) => {
      if (path === '/long') await finish.promise
      return answer('done')
    },
    { connectionsMax: 10 },
  )
  const long = ask(gateway, { path: '/long' })
  while (gateway.calls.length === 0) await new Promise((resolve) => setImmediate(resolve))
  const slow: Awaited<ReturnType<typeof raw>>[] = []
  for (let i = 0; i < 30; i++) {
    const client = await raw(gateway.port)
    client.send('GET / HT')
    slow.push(client)
  }
  expect((await ask(gateway)).body).toBe('done')
  await Promise.all(slow.slice(0, 20).map(({ closed }) => closed))
  expect(slow.slice(-8).every(({ socket }) => !socket.closed)).toBe(true)
  finish.resolve()
  expect((await long).body).toBe('done')
})

/** An answer that its client does not read, with all that a socket takes written, and what tells that its body was left. */
async function unread(ended: Promise<never>): Promise<{ left: Promise<void>; asked: () => number }> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const written = Promise.withResolvers<void>()
  const left = Promise.withResolvers<void>()
  let asked = 0
  async function* long(): ByteStream {
    try {
      for (;;) {
        asked += 1
        written.resolve()
        yield new Uint8Array(64 * 1024 ** 2)
      }
    } finally {
      left.resolve()
    }
  }
  const gateway = await start(async () => answer(long(), { ended }))
  const client = await raw(gateway.port)
  client.socket.pause()
  client.send(`GET / HTTP/1.1\r\nhost: a.localhost:${gateway.port}\r\n\r\n`)
  await written.promise
  await turn()
  return { left: left.promise, asked: () => asked }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a client that reads nothing is not waited for when its call has broken', async () => {
  const { promise, reject } = Promise.withResolvers<never>()
  const { left, asked } = await unread(promise)
  reject(new Error('its deadline passed'))
  await turn()
  vi.advanceTimersByTime(SEND_MS)
  await left
  expect(asked()).toBe(1)
})

test('as long as its call lasts it is', async () => {
  const { left, asked } = await unread(new Promise(() => {}))
  vi.advanceTimersByTime(10 * SEND_MS)
  await turn()
  expect(await Promise.race([left.then(() => 'left'), turn().then(() => 'waits')])).toBe('waits')
  expect(asked()).toBe(1)
})
