import type { CallParams } from '@hither/peer'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import type { GatewayAnswer, GatewayCall, GatewayPeer } from '../../src/api.ts'
import { httpGateway, type HttpGatewayInit } from '../../src/gateway.ts'
import { peerSite } from '../../src/site/peer.ts'

export const KEY = 'k2nb81k3qq12zvkdpv1cqrwc0cx9nbwzrtlf3m4icm1cdpyz2t'
export const CID = 'bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'

export interface Started {
  port: number
  stop: (options?: { graceMs?: number }) => Promise<void>
  /** What the peer was asked, in order. */
  calls: { params: CallParams; signal: AbortSignal }[]
}

/** A gateway on a free port, in front of a peer that answers as told. It ends with the test. */
export async function start(
  call: GatewayCall,
  { peer = {}, ...init }: Partial<HttpGatewayInit> & { peer?: Partial<GatewayPeer> } = {},
): Promise<Started> {
  const calls: Started['calls'] = []
  const fake = {
    aliases: async () => ({ ann: KEY }),
    list: async () => [],
    ...peer,
  } as unknown as GatewayPeer
  const gateway = httpGateway(
    { port: 0, ...init },
    {
      site: peerSite(fake),
      log: pino({ level: 'silent' }),
      now: () => performance.now(),
      async call(params, options) {
        calls.push({ params, signal: options.signal ?? AbortSignal.abort() })
        return call(params, options)
      },
    },
  )
  await gateway.start()
  onTestFinished(() => gateway.stop({ graceMs: 0 }))
  return { port: Number(new URL(gateway.address).port), stop: (options) => gateway.stop(options), calls }
}

export function answer(body: GatewayAnswer['body'] | string, more: Partial<GatewayAnswer> = {}): GatewayAnswer {
  return {
    call: 'call-1',
    status: 200,
    headers: [['content-type', 'text/plain']],
    body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
    cid: CID,
    peer: '12D3KooWRunner',
    ...more,
  }
}

/** Answers every call with its own name. */
export const echo: GatewayCall = async ({ target, method, path }) => answer(`${method} ${target} ${path}`)
