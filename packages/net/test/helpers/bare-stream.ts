import { multiaddr } from '@multiformats/multiaddr'
import { duplexOf } from '../../src/duplex.ts'
import { identityOf } from '../../src/identity.ts'
import { createNode, startNode, type Node } from '../../src/node.ts'

/** Bytes over libp2p streams with our settings and nothing of ours around them, to measure by. */

const PROTOCOL = '/hither-bench/bare/1'
const PIECE = new Uint8Array(64 * 1024)

interface Bare {
  address: string
  stop(): Promise<void>
}

/** A node that sends as many bytes as it is asked for. */
export async function bareSender(): Promise<Bare> {
  const node = await bareNode(1, ['/ip4/127.0.0.1/tcp/0'])
  await node.handle(PROTOCOL, (stream) => {
    const duplex = duplexOf(stream)
    let left = 0
    const send = (): void => {
      let takesMore = true
      for (; left > 0 && takesMore; left -= PIECE.length) takesMore = duplex.send(PIECE)
      if (left <= 0 && takesMore) void duplex.close()
    }
    duplex.listen({
      data(bytes) {
        left = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
        send()
      },
      drain: send,
      end: () => {},
    })
  })
  return { address: String(node.getMultiaddrs()[0]), stop: async () => node.stop() }
}

interface BareReader {
  /** Resolves when so many bytes have come. */
  read: (bytes: number) => Promise<void>
  stop: () => Promise<void>
}

export async function bareReader(address: string): Promise<BareReader> {
  const node = await bareNode(2, [])
  const connection = await node.dial(multiaddr(address))
  return {
    async read(bytes) {
      const duplex = duplexOf(await connection.newStream(PROTOCOL))
      const question = new Uint8Array(4)
      new DataView(question.buffer).setUint32(0, bytes)
      await new Promise<void>((resolve) => {
        duplex.listen({ data: () => {}, drain: () => {}, end: () => resolve() })
        duplex.send(question)
      })
      await duplex.close()
    },
    stop: async () => node.stop(),
  }
}

async function bareNode(seed: number, listen: string[]): Promise<Node> {
  const node = await createNode({ key: identityOf(new Uint8Array(32).fill(seed)), listen })
  await startNode(node, listen)
  return node
}
