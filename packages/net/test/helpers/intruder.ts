import { once } from 'node:events'
import { FrameReader, type Frame, type Links } from '@hither/core'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { Connection, Stream, StreamHandler } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p, type Libp2p } from 'libp2p'
import { onTestFinished } from 'vitest'
import { BODY_PROTOCOL } from '../../src/protocols/body/opening.ts'
import { addressOf, peer, until } from './peers.ts'

export const PROTOCOLS: string[] = ['/hither/call/1', BODY_PROTOCOL, '/hither/block/1', '/hither/name/1']

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

/** A stranger that claims to speak hither, so that it is not shown the door. `bodies` gets the streams opened for bodies. */
export async function intruder(victim: Links, bodies: StreamHandler = () => {}): Promise<Connection> {
  const node = await stranger()
  for (const protocol of PROTOCOLS) {
    await node.handle(protocol, protocol === BODY_PROTOCOL ? bodies : () => {}, { maxOutboundStreams: 1000 })
  }
  const connection = await node.dial(multiaddr(addressOf(victim)))
  await until(victim, 'up', node.peerId.toString())
  return connection
}

/** A stranger that listens, and treats each stream of one protocol as told. */
export async function liar(protocol: string, treat: StreamHandler): Promise<{ victim: Links; liarId: string }> {
  const victim = await peer()
  const node = await stranger({ listen: true })
  for (const one of PROTOCOLS) {
    await node.handle(one, one === protocol ? treat : () => {}, { maxOutboundStreams: 1000 })
  }
  const [address] = node.getMultiaddrs()
  await victim.join(String(address))
  return { victim, liarId: node.peerId.toString() }
}

/** Tells each frame that comes on a stream. */
export function onFrames(stream: Stream, told: (frame: Frame) => void): void {
  const reader = new FrameReader()
  stream.addEventListener('message', ({ data }) => {
    for (const frame of reader.push(data.subarray())) told(frame)
  })
}

export function ended(stream: Stream): Promise<unknown> {
  return stream.status === 'open' ? once(stream, 'close') : Promise.resolve()
}
