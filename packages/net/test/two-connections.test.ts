import { setTimeout as pause } from 'node:timers/promises'
import type { Links } from '@hither/core'
import { expect, test } from 'vitest'
import { LATE_MS, SILENCE_MS } from '../src/limits/heartbeat.ts'
import { addressOf, peer, until } from './helpers/peers.ts'
import { portOf, proxy } from './helpers/proxy.ts'
import { failure, header, pattern, services } from './helpers/services.ts'

test('two peers that dial each other at once have one link, and either connection may break', async () => {
  const a = await peer()
  const b = await peer()
  const toA = await proxy(portOf(addressOf(a)))
  const toB = await proxy(portOf(addressOf(b)))
  await Promise.all([a.join(toB.address), b.join(toA.address)])
  expect([a.list().length, b.list().length]).toEqual([1, 1])
  for (const [between, dialler, dialled] of [
    [toA, b, a],
    [toB, a, b],
  ] as const) {
    const downs = []
    if (direction(dialler) === 'outbound') downs.push(until(dialler, 'down', dialled.self))
    if (direction(dialled) === 'inbound') downs.push(until(dialled, 'down', dialler.self))
    between.cut()
    await Promise.all(downs)
    await Promise.all([until(a, 'up', b.self), until(b, 'up', a.self)])
    expect((await a.call(b.self, header(), pattern(4))).body).toEqual(pattern(4))
    expect((await b.call(a.self, header(), pattern(4))).body).toEqual(pattern(4))
  }
})

test('where both fall silent both are given up, and the next one carries the link', async () => {
  const hang = services({ call: () => new Promise(() => {}) })
  const a = await peer({ services: hang })
  const b = await peer({ services: hang })
  const toA = await proxy(portOf(addressOf(a)))
  const toB = await proxy(portOf(addressOf(b)))
  await Promise.all([a.join(toB.address), b.join(toA.address)])
  // Old enough to have been silent.
  await pause(SILENCE_MS + LATE_MS)
  const call = failure(a.call(b.self, header(), pattern(4)))
  const down = until(a, 'down', b.self)
  toA.freeze()
  toB.freeze()
  await down
  expect((await call).code).toBe('link-lost')
  const again = await proxy(portOf(addressOf(b)))
  // At the first try, which would fail if it waited for the two that are given up.
  expect(await a.join(again.address, { onProgress: () => expect.unreachable() })).toBe(b.self)
})

/** Who dialled the connection that carries the only link. */
function direction(links: Links): string | undefined {
  return links.list()[0]?.direction
}
