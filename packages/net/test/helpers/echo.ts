import type { Duplex } from 'node:stream'
import type { Connection, Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { identityOf } from '../../src/identity.ts'
import { createNode, startNode, type Node } from '../../src/node.ts'

/** Echoes over libp2p with our settings and nothing of ours around them, to measure by. */

/** As long as a small call's frames are. */
export const FRAME_BYTES = 200

/** Of one protocol; libp2p's own bounds are 32 and 64, and those that are closing count. */
const STREAMS_MAX = 1024

const ECHO = '/hither-bench/echo/1'
const RELAY = '/hither-bench/relay/1'

/** A libp2p node as the product's own: the same encrypter, muxer and window. */
async function echoNode(seed: number, listen: string[]): Promise<Node> {
  const node = await createNode({ key: identityOf(new Uint8Array(32).fill(seed)), listen })
  await startNode(node, listen)
  return node
}

/** Cuts what comes into frames, which may come in pieces or several at once. */
function frames(each: (frame: Uint8Array) => void): (bytes: Uint8Array) => void {
  let held = new Uint8Array(0)
  return (bytes) => {
    const all = held.length === 0 ? bytes : Buffer.concat([held, bytes])
    let at = 0
    for (; at + FRAME_BYTES <= all.length; at += FRAME_BYTES) each(all.subarray(at, at + FRAME_BYTES))
    held = new Uint8Array(all.subarray(at))
  }
}

export interface EchoServer {
  address: string
}

/** Answers each frame with itself, in a write of its own, also where several came together. */
export async function echoServer(): Promise<EchoServer> {
  const node = await echoNode(1, ['/ip4/127.0.0.1/tcp/0'])
  const echo = (stream: Stream): void => {
    const read = frames((frame) => void stream.send(frame))
    stream.addEventListener('message', ({ data }) => read(data.subarray()))
    stream.addEventListener('end', () => void stream.close())
  }
  await node.handle(ECHO, echo, { maxInboundStreams: STREAMS_MAX })
  return { address: String(node.getMultiaddrs()[0]) }
}

/**
 * Passes all that comes on to what is behind it, and back what that says: the least that a call can take which runs in a process of its own.
 * One stream at a time.
 */
export async function relayServer(behind: Duplex): Promise<EchoServer> {
  const node = await echoNode(3, ['/ip4/127.0.0.1/tcp/0'])
  let stream: Stream | undefined
  behind.on('data', (bytes: Buffer) => void stream?.send(bytes))
  await node.handle(RELAY, (opened) => {
    stream = opened
    opened.addEventListener('message', ({ data }) => void behind.write(data.subarray()))
    opened.addEventListener('end', () => void opened.close())
  })
  return { address: String(node.getMultiaddrs()[0]) }
}

export async function echoConnection(address: string): Promise<Connection> {
  const node = await echoNode(2, [])
  return node.dial(multiaddr(address))
}

/** All frames on one stream, one write for each; answers come in the order of the questions. */
export async function longLivedEcho(connection: Connection): Promise<() => Promise<void>> {
  const frame = new Uint8Array(FRAME_BYTES)
  return askedOn(await connection.newStream(ECHO), (stream) => stream.send(frame))
}

/** The same through a relay, with one write for all frames of a turn. */
export async function longLivedRelay(connection: Connection): Promise<() => Promise<void>> {
  let due = 0
  return askedOn(await connection.newStream(RELAY), (stream) => {
    if (due++ > 0) return
    queueMicrotask(() => {
      stream.send(new Uint8Array(due * FRAME_BYTES))
      due = 0
    })
  })
}

function askedOn(stream: Stream, ask: (stream: Stream) => void): () => Promise<void> {
  const waiting: (() => void)[] = []
  const read = frames(() => waiting.shift()?.())
  stream.addEventListener('message', ({ data }) => read(data.subarray()))
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      ask(stream)
    })
}

export function newStreamEcho(connection: Connection): () => Promise<void> {
  const frame = new Uint8Array(FRAME_BYTES)
  return async () => {
    const stream = await connection.newStream(ECHO, { maxOutboundStreams: STREAMS_MAX })
    await new Promise<void>((resolve, reject) => {
      const read = frames(() => resolve())
      stream.addEventListener('close', ({ error }) => reject(error ?? new Error('it closed before its answer')))
      stream.addEventListener('message', ({ data }) => read(data.subarray()))
      stream.send(frame)
    })
    await stream.close()
  }
}
