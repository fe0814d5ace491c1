import { HitherError } from '@hither/core'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'

/** What can be dialled here: TCP by number or by name, and names that stand for such addresses. */
const DIALLED = /^((ip6zone\/)?(ip4|ip6|dns|dns4|dns6)\/tcp|dnsaddr)(\/p2p)?$/

/** Throws `usage` for what no try could ever connect to. */
export function checkAddress(text: string): void {
  let parts
  try {
    parts = multiaddr(text).getComponents()
    const peer = parts.find(({ name }) => name === 'p2p')?.value
    if (peer !== undefined) peerIdFromString(peer)
  } catch (cause) {
    throw noAddress(text, 'an address is a multiaddr', cause)
  }
  const names = parts.map(({ name }) => name).join('/')
  if (!DIALLED.test(names)) throw noAddress(text, 'it names no host and TCP port')
}

function noAddress(text: string, why: string, cause?: unknown): HitherError {
  return new HitherError('usage', `"${text}" is not an address of a peer`, {
    why,
    fix: 'write it like /ip4/192.168.1.20/tcp/4248',
    cause,
  })
}
