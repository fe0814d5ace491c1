import { once } from 'node:events'
import type { Links } from '@hither/core'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { Connection, Stream } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p, type Libp2p } from 'libp2p'
import { onTestFinished } from 'vitest'
import { addressOf, until } from './peers.ts'

export const PROTOCOLS: string[] = ['/hither/call/1', '/hither/body/1', '/hither/block/1', '/hither/name/1']

/** A libp2p node that speaks what it likes. */
export async function stranger(options: { listen?: boolean } = {}): Promise<Libp2p> {
  const node = await createLibp2p({
    privateKey: await generateKeyPair('Ed25519'),
    addresses: { listen: options.listen === true ? ['/ip4/127.0.0.1/tcp/0'] : [] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({ maxOutboundStreams: 1000 })],
    services: { identify: identify() },
  })
  onTestFinished(async () => node.stop())
  return node
}

/** A stranger that claims to speak hither, so that it is not shown the door. */
export async function intruder(victim: Links): Promise<Connection> {
  const node = await stranger()
  await node.handle(PROTOCOLS, () => {}, { maxOutboundStreams: 1000 })
  const connection = await node.dial(multiaddr(addressOf(victim)))
  await until(victim, 'up', node.peerId.toString())
  return connection
}

export function ended(stream: Stream): Promise<unknown> {
  return stream.status === 'open' ? once(stream, 'close') : Promise.resolve()
}
