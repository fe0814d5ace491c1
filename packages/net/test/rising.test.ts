import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { addressOf, peer, until } from './helpers/peers.ts'

/** Takes connections and says nothing on them. */
async function mute(): Promise<{ address: string; accepted: Promise<unknown>; close(): void }> {
  const server = createServer().listen(0, '127.0.0.1')
  const accepted = once(server, 'connection')
  await once(server, 'listening')
  const close = (): void => {
    server.close()
    void accepted.then(([socket]) => (socket as Socket).destroy())
  }
  onTestFinished(close)
  return { address: `/ip4/127.0.0.1/tcp/${(server.address() as AddressInfo).port}`, accepted, close }
}

test('a link is on its way from the answer to the dial until it is measured', async () => {
  const [a, b] = [await peer(), await peer()]
  const seen: number[] = []
  const measured = new Promise<void>((resolve) => {
    a.listen(({ type }) => {
      seen.push(a.rising())
      if (type === 'rtt') resolve()
    })
  })
  await a.join(addressOf(b))
  await measured
  expect(seen[0]).toBeGreaterThan(0)
  expect(a.rising()).toBe(0)
})

test('where nobody answers none is on its way; where somebody does, until the dial has come to nothing', async () => {
  const a = await peer()
  const stop = new AbortController()
  const nowhere = a.join('/ip4/127.0.0.1/tcp/1', { signal: stop.signal }).catch(() => undefined)
  const silent = await mute()
  const joining = a.join(silent.address, { signal: stop.signal }).catch(() => undefined)
  await silent.accepted
  await expect.poll(() => a.rising()).toBe(1)
  stop.abort()
  await Promise.all([nowhere, joining])
  expect(a.rising()).toBe(0)
})

test('where a link broke none is on its way', async () => {
  const [a, b] = [await peer(), await peer()]
  await a.join(addressOf(b))
  await b.stop()
  await until(a, 'down', b.self)
  await expect.poll(() => a.rising()).toBe(0)
})
