import { HitherError, within, type PeerId } from '@hither/core'
import { multiaddr } from '@multiformats/multiaddr'
import { unreachable } from './errors.ts'
import { hangUp } from './hang-up.ts'
import { DIAL_MAX_MS, LINK_UP_MAX_MS } from './limits/connections.ts'
import type { Node } from './node.ts'
import { isTurnedAway } from './noise.ts'
import type { Registry } from './registry.ts'

interface DialComponents {
  node: Node
  registry: Registry
  /** Whether this network is a closed one. */
  closed: boolean
  /** Somebody listens at one of the addresses: what follows takes some round trips, and mostly leads to a link. */
  answered: () => void
}

export interface DiallerInit {
  /** Undefined before the start. */
  node: () => Node | undefined
  registry: Registry
  closed: boolean
}

/** Connects to peers, and knows who is about to be connected. */
export interface Dialler {
  /** Dials that were answered and have led to nothing yet. */
  readonly rising: number
  /** As `dialAddress`. Throws `peer-unreachable` before the start. */
  connect(addresses: string[], signal?: AbortSignal): Promise<PeerId>
}

export function dialler({ node, registry, closed }: DiallerInit): Dialler {
  const answered = new Set<object>()
  return {
    get rising() {
      return answered.size
    },
    async connect(addresses, signal) {
      const started = node()
      if (started === undefined) throw unreachable(addresses.join(', '), 'the network is not started')
      const dial = {}
      try {
        const on = { node: started, registry, closed, answered: () => void answered.add(dial) }
        return await dialAddress(on, addresses, signal)
      } finally {
        answered.delete(dial)
      }
    },
  }
}

/** What libp2p says when the TCP connection stands and the handshake begins. */
const HANDSHAKE_EVENT = 'upgrader:encrypt-outbound-connection'

/**
 * Connects to one peer at any of its addresses, and resolves once there is a link. Throws `usage` where they are
 * this peer's own; `wrong-network` where something answers that is not of this network; all else, too, may be otherwise on the
 * next try.
 */
async function dialAddress(
  { node, registry, closed, answered }: DialComponents,
  addresses: string[],
  signal?: AbortSignal,
): Promise<PeerId> {
  const targets = addresses.map((address) => multiaddr(address))
  const self = node.peerId.toString()
  if (targets.some((target) => target.toString().endsWith(`/p2p/${self}`))) {
    throw new HitherError('usage', `${addresses.join(', ')} is this peer itself`, { fix: 'name another peer' })
  }
  const before = new Set(node.getConnections())
  // libp2p's own time for an address begins later and is as long: where that is up, so is this.
  using limit = within(DIAL_MAX_MS, signal)
  const dialing = node.dial(targets, {
    signal: limit.signal,
    onProgress: ({ type }) => {
      if (type === HANDSHAKE_EVENT) answered()
    },
  })
  const connection = await dialing.catch((thrown: unknown) => {
    throw !limit.signal.aborted && isTurnedAway(thrown) ? wrongNetwork(addresses, closed, thrown) : thrown
  })
  const peer = connection.remotePeer.toString()
  try {
    using rises = within(LINK_UP_MAX_MS, signal)
    await registry.up(peer, rises.signal)
    return peer
  } catch (thrown) {
    // libp2p gives one that there is already, whoever made it, and others may be at work on that.
    if (!before.has(connection)) void hangUp(connection)
    throw thrown
  }
}

function wrongNetwork(addresses: string[], closed: boolean, cause: unknown): HitherError {
  const where = addresses.join(', ')
  return new HitherError(
    'wrong-network',
    `what answers at ${where} is not of ${closed ? 'this' : 'the open'} network`,
    {
      why: 'it is of another network, or no peer at all; or it hung up for having too many connections',
      fix: closed
        ? 'check the address; a peer there that should be of this network must be restarted after it joined: fn network show'
        : 'check the address; if it is of a closed network, ask its people for an invitation: fn network join INVITE',
      cause,
    },
  )
}
