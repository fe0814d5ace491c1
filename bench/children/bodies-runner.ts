import { cidOf, makeReceipt, piecesOf, type ByteStream, type Services } from '@hither/core'
import { net } from '@hither/net'
import { bareSender } from '../../packages/net/test/helpers/bare-stream.ts'

/**
 * The other side of the bench of bodies: a runner, and a bare libp2p node with the same settings. Says where both are, and lives until its input ends.
 */

const LISTEN = ['/ip4/127.0.0.1/tcp/0']
const NOTHING = new Uint8Array(0)
const PIECE = new Uint8Array(64 * 1024)

/** Every answer has the same receipt: making them is not what is measured. */
const digest = new Uint8Array(32)
const head = { status: 200, headers: [] }
const trailer = {
  metrics: { fetchMs: 0, queueMs: 0, startMs: 0, runMs: 0, cpuMs: 0, cold: false },
  receipt: await makeReceipt({
    cid: await cidOf(NOTHING, 'raw'),
    runner: 'bench',
    runMs: 0,
    cpuMs: 0,
    request: { method: 'GET', url: '', headers: [] },
    requestDigest: digest,
    response: head,
    responseDigest: digest,
  }),
}

async function* zeros(bytes: number): ByteStream {
  for (let left = bytes; left > 0; left -= PIECE.length) yield PIECE.subarray(0, left)
}

/** Reads the request, and answers with as many bytes as its path says. */
const call: Services['call'] = async (_from, { url }, body) => {
  for await (const piece of piecesOf(body)) if (piece.length === 0) throw new Error('an empty piece')
  const bytes = Number(new URL(url).pathname.slice(1))
  return bytes === 0
    ? { head, body: NOTHING, trailer }
    : { head, body: zeros(bytes), trailer: Promise.resolve(trailer) }
}

const links = net({ listen: LISTEN, mdns: false })({ seed: new Uint8Array(32).fill(1) })
await links.start({
  call,
  block: async () => undefined,
  name: async () => undefined,
  voucher: async () => undefined,
  announce: async () => ({ kept: false }),
  admits: async () => false,
  secrets: async () => ({ kept: false }),
  state: () => undefined,
})

const bare = await bareSender()
process.stdout.write(`${links.addresses().join()} ${bare.address}\n`)
process.stdin.resume().once('end', () => void Promise.all([links.stop(), bare.stop()]))
