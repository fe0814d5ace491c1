/**
 * HTTP in front of a peer: functions under addresses that browsers and `curl` take, on this machine only.
 *
 *     const http = gateway({ port: 4280 })({ peer, log })
 *     await http.start() // `port-in-use` where the port is taken
 *     await fetch('http://hello.localhost:4280/')
 *     await http.stop({ graceMs: 5000 })
 *
 * @packageDocumentation
 */
import { GATEWAY_PORT, type Clock } from '@hither/core'
import type { Logger } from 'pino'
import type { Gateway, GatewayCall, GatewayPeer } from './api.ts'
import { httpGateway } from './gateway.ts'
import { oneFunction } from './site/one-function.ts'
import { peerSite } from './site/peer.ts'

export type * from './api.ts'

export interface GatewayInit {
  /** On 127.0.0.1 and ::1; 0 takes a free one. @default 4280 */
  port?: number
}

interface Common {
  log: Logger
  /** @default performance.now */
  now?: Clock
}

/** All functions that a peer can call, each under its own host, and a page that lists them. */
export function gateway({ port = GATEWAY_PORT }: GatewayInit = {}): (
  components: Common & { peer: GatewayPeer },
) => Gateway {
  return ({ peer, log, now = () => performance.now() }) =>
    httpGateway({ port }, { call: (params, options) => peer.call(params, options), site: peerSite(peer), log, now })
}

/** One function, under every path. `call` gets an empty target. */
export function functionGateway({ port = GATEWAY_PORT }: GatewayInit = {}): (
  components: Common & { call: GatewayCall },
) => Gateway {
  return ({ call, log, now = () => performance.now() }) => httpGateway({ port }, { call, site: oneFunction, log, now })
}
