import type { Connection } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { CONNECTIONS_FROM_ADDRESS_MAX, CONNECTIONS_FROM_LOOPBACK_MAX } from './limits/connections.ts'

/** What of a connection tells where it comes from. */
export type Arrival = Pick<Connection, 'direction' | 'remoteAddr'>

/** How an IPv4 address looks where it is written as IPv6. */
const MAPPED = /^0,0,0,0,0,0,0,0,0,0,255,255,/

/** Of an IPv6 address: the rest a host chooses as it likes. */
const NETWORK_BYTES = 8

/** Whether as many others came from the same place as may. Connections that we made count for nothing. */
export function crowded(arrival: Arrival, all: readonly Arrival[]): boolean {
  if (arrival.direction !== 'inbound') return false
  const place = placeOf(arrival)
  const max = place === 'loopback' ? CONNECTIONS_FROM_LOOPBACK_MAX : CONNECTIONS_FROM_ADDRESS_MAX
  const others = all.filter((one) => one !== arrival && one.direction === 'inbound' && placeOf(one) === place)
  return others.length >= max
}

/** Where a connection comes from: who has one IPv6 address mostly has all of its /64. `loopback` is this machine. */
export function placeOf({ remoteAddr }: Pick<Arrival, 'remoteAddr'>): string {
  const host = remoteAddr.getComponents().find(({ name }) => name === 'ip4' || name === 'ip6')
  if (host?.value === undefined) return 'unknown'
  // After one byte that tells the kind of address.
  const bytes = multiaddr(`/${host.name}/${host.value}`).bytes.subarray(1)
  const v4 = host.name === 'ip4' ? bytes.join() : MAPPED.test(bytes.join()) ? bytes.subarray(12).join() : undefined
  if (host.value === '::1' || v4?.startsWith('127,') === true) return 'loopback'
  return v4 ?? bytes.subarray(0, NETWORK_BYTES).join()
}
