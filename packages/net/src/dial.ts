import { HitherError, type PeerId } from '@hither/core'
import { multiaddr } from '@multiformats/multiaddr'
import { hangUp } from './hang-up.ts'
import { DIAL_MAX_MS, LINK_UP_MAX_MS } from './limits.ts'
import type { Node } from './node.ts'
import type { Registry } from './registry.ts'

export interface DialComponents {
  node: Node
  registry: Registry
  /** Somebody listens at one of the addresses: what follows takes some round trips, and mostly leads to a link. */
  answered: () => void
}

/** What libp2p says when the TCP connection stands and the handshake begins. */
const HANDSHAKE_EVENT = 'upgrader:encrypt-outbound-connection'

/**
 * Connects to one peer at any of its addresses, and resolves once there is a link. Throws `usage` where they are
 * this peer's own; all else may be otherwise on the next try.
 */
export async function dialAddress(
  { node, registry, answered }: DialComponents,
  addresses: string[],
  signal?: AbortSignal,
): Promise<PeerId> {
  const targets = addresses.map((address) => multiaddr(address))
  const self = node.peerId.toString()
  if (targets.some((target) => target.toString().endsWith(`/p2p/${self}`))) {
    throw new HitherError('usage', `${addresses.join(', ')} is this peer itself`, { fix: 'name another peer' })
  }
  const connection = await node.dial(targets, {
    signal: within(DIAL_MAX_MS, signal),
    onProgress: ({ type }) => {
      if (type === HANDSHAKE_EVENT) answered()
    },
  })
  const peer = connection.remotePeer.toString()
  try {
    await registry.up(peer, within(LINK_UP_MAX_MS, signal))
    return peer
  } catch (thrown) {
    void hangUp(connection)
    throw thrown
  }
}

function within(ms: number, signal: AbortSignal | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(ms)
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout])
}
