import { GATEWAY_PORT, toHitherError } from '@hither/core'
import { gateway, type Gateway } from '@hither/gateway'
import type { Config, Peer } from '@hither/peer'
import type { Logger } from 'pino'
import { flag, integer } from './options.ts'
import type { Output } from './terminal/output.ts'
import type { OptionSpec, OptionValues } from './verb.ts'

export const GATEWAY_OPTIONS: Record<string, OptionSpec> = {
  'gateway-port': { type: 'string', value: 'PORT', help: 'take HTTP on this port of localhost; 0 picks a free one' },
  'no-gateway': { type: 'boolean', help: 'take no HTTP' },
}

export interface GatewayOf {
  config: Config
  options: OptionValues
  log: Logger
  out: Output
}

/**
 * HTTP in front of a peer, as configuration and flags have it; undefined without. A port that its user chose must be free. Where
 * it is only the usual one, most likely another peer of this machine has it, and this one is as good a peer without.
 */
export async function openGateway(peer: Peer, { config, options, log, out }: GatewayOf): Promise<Gateway | undefined> {
  if (flag(options, 'no-gateway')) return undefined
  const chosen = integer(options, 'gateway-port', 0, 65_535)
  const port = chosen ?? config.gatewayPort
  const opened = gateway({ port })({ peer, log })
  try {
    await opened.start()
    return opened
  } catch (thrown) {
    const { code, message } = toHitherError(thrown)
    if (code !== 'port-in-use' || chosen !== undefined || port !== GATEWAY_PORT) throw thrown
    out.note(`no HTTP is taken: ${message} (--gateway-port 0 picks a free one)`)
    return undefined
  }
}
