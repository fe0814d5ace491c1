import { once } from 'node:events'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import type { Libp2p } from 'libp2p'
import { expect, test } from 'vitest'
import { crowded, type Arrival } from '../src/crowd.ts'
import { CONNECTIONS_FROM_ADDRESS_MAX, CONNECTIONS_FROM_LOOPBACK_MAX } from '../src/limits/connections.ts'
import { stranger } from './helpers/intruder.ts'
import { addressOf, link, peer } from './helpers/peers.ts'

const from = (host: string, direction: Arrival['direction'] = 'inbound'): Arrival => ({
  direction,
  remoteAddr: multiaddr(`${host}/tcp/4000`),
})
const many = (count: number, host: (i: number) => string): Arrival[] =>
  Array.from({ length: count }, (_, i) => from(host(i)))

test.each([
  ['one IPv4 address', () => '/ip4/192.0.2.1', '/ip4/192.0.2.1', '/ip4/192.0.2.2'],
  ['one IPv6 network', (i: number) => `/ip6/2001:db8::${i + 1}`, '/ip6/2001:db8:0:0:9::1', '/ip6/2001:db8:0:1::1'],
  ['IPv4 written as IPv6', () => '/ip4/192.0.2.1', '/ip6/::ffff:192.0.2.1', '/ip6/::ffff:192.0.2.2'],
  [
    'one IPv6 network behind a zone',
    (i: number) => `/ip6/2001:db8::${i + 1}`,
    '/ip6zone/en0/ip6/2001:db8::1',
    '/ip6/::2',
  ],
])('%s takes only its share of the places', (_, host, same, elsewhere) => {
  const there = many(CONNECTIONS_FROM_ADDRESS_MAX, host)
  expect(crowded(from(same), there.slice(1))).toBe(false)
  expect(crowded(from(same), there)).toBe(true)
  expect(crowded(from(elsewhere), there)).toBe(false)
})

test('connections that we made count for nothing, and are not counted', () => {
  const there = many(CONNECTIONS_FROM_ADDRESS_MAX, () => '/ip4/192.0.2.1')
  expect(crowded(from('/ip4/192.0.2.1', 'outbound'), there)).toBe(false)
  const ours = there.map(() => from('/ip4/192.0.2.1', 'outbound'))
  expect(crowded(from('/ip4/192.0.2.1'), ours)).toBe(false)
})

test('one that has come already does not crowd itself out', () => {
  const there = many(CONNECTIONS_FROM_ADDRESS_MAX, () => '/ip4/192.0.2.1')
  expect(there.some((one) => crowded(one, there))).toBe(false)
})

test('this machine may have more', () => {
  const there = many(CONNECTIONS_FROM_LOOPBACK_MAX, (i) => `/ip4/127.0.0.${i + 1}`)
  expect(crowded(from('/ip6/::1'), there.slice(1))).toBe(false)
  expect(crowded(from('/ip6/::1'), there)).toBe(true)
})

/** One connection more, or none after a pause: those that come too fast are refused, whoever they are. */
async function knock(node: Libp2p, address: Multiaddr): Promise<void> {
  try {
    await node.dial(address, { force: true })
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

test('who comes too often is cut off, and those that were there stay', async () => {
  const victim = await peer()
  const guest = await peer()
  await link(guest, addressOf(victim), victim)
  const node = await stranger()
  await node.handle('/hither/call/1', () => {})
  const address = multiaddr(addressOf(victim))
  const room = CONNECTIONS_FROM_LOOPBACK_MAX - 1
  while (node.getConnections().length < room) await knock(node, address)
  for (let late = 0; late < 20; late++) await knock(node, address)
  while (node.getConnections().length > room) await once(node, 'connection:close')
  expect(guest.list()).toMatchObject([{ peer: victim.self }])
})
