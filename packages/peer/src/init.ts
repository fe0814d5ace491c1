import type { Bundler, PublisherId, Runner } from '@hither/core'
import type { Logger } from 'pino'
import type { Home } from './home/paths.ts'

export interface PeerInit {
  home: Home
  /** Multiaddrs to listen on; none for one that only calls. */
  listen: string[]
  /** Addresses to tell others in place of those, where a proxy or a router stands in front. */
  announce: string[]
  /** Find peers on the LAN, and be found. */
  mdns: boolean
  /** Multiaddrs of peers to stay connected to. */
  bootstrap: string[]
  /** Publishers to trust while this process runs. */
  trust: PublisherId[]
  /** Run anybody's code. */
  anyone: boolean
  /** The closed network that it is in, which rules can name. */
  network?: string
  storeBytes: number
  /** A daemon keeps one peer id for life; a short-lived caller, which may run beside it, takes a new one each time. */
  lasting: boolean
}

export interface PeerComponents {
  log: Logger
  /** Present where this peer volunteers to run functions. */
  runner?: Runner
  /** Present where this peer can deploy. */
  bundler?: Bundler
}
