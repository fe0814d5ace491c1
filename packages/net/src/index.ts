/**
 * The network: a libp2p node, whom it finds and keeps, what is said between peers, and how far they are.
 *
 * @packageDocumentation
 */
import type { Clock, Links, Random } from '@hither/core'
import { identityOf } from './identity.ts'
import { peerLinks } from './links.ts'
import type { ClosedNetwork } from './node.ts'
import { realTimers, type Timers } from './timers.ts'

export { peerIdOf } from './identity.ts'
export type { ClosedNetwork } from './node.ts'
export type { Timers } from './timers.ts'

export interface NetInit {
  /** Multiaddrs, such as `/ip4/0.0.0.0/tcp/4248`; none for a client that only dials. */
  listen: string[]
  /** Told to others in place of the addresses listened on. */
  announce?: string[]
  /** Find peers on the local network, and be found. */
  mdns: boolean
  /** Only who has its key can connect, and be connected to. Without it the network is open. */
  network?: ClosedNetwork
}

export interface NetComponents {
  /** The peer key's Ed25519 seed, 32 bytes. */
  seed: Uint8Array
  /** @default performance.now */
  now?: Clock
  /** This machine's clock, ms since 1970. @default Date.now */
  date?: Clock
  /** Shortens pauses by chance. @default Math.random */
  random?: Random
  timers?: Timers
  /** What went on that no caller hears of: failed dials, broken streams, links that went down. */
  log?: (text: string) => void
}

/** Throws `bad-key` for a seed of another length. */
export function net(init: NetInit): (components: NetComponents) => Links {
  return ({
    seed,
    now = () => performance.now(),
    date = Date.now,
    random = Math.random,
    timers = realTimers,
    log = () => {},
  }) =>
    peerLinks({
      key: identityOf(seed),
      listen: init.listen,
      announce: init.announce,
      mdns: init.mdns,
      network: init.network,
      now,
      date,
      random,
      timers,
      log,
    })
}
