import { connect, createServer, type Server, type Socket } from 'node:net'
import type { HitherError, Links } from '@hither/core'
import { preSharedKey } from '@libp2p/pnet'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ClosedNetwork } from '../../src/index.ts'
import { createNode, startNode } from '../../src/node.ts'
import { identityOf } from '../../src/identity.ts'
import { aftermath, UNHARMED, watchEscapes } from '../helpers/aftermath.ts'
import { addressOf, link, peer, seed } from '../helpers/peers.ts'
import { header, pattern, wholly } from '../helpers/services.ts'

const shop: ClosedNetwork = { key: new Uint8Array(32).fill(1), tag: 'shop' }
const other: ClosedNetwork = { key: new Uint8Array(32).fill(2), tag: 'other' }

watchEscapes()

const inside = (network?: ClosedNetwork): Promise<Links> => peer({ init: network === undefined ? {} : { network } })

/** Joins, and gives why the first attempt failed; the second is not waited for. */
async function refusedAt(links: Links, address: string): Promise<HitherError> {
  const first = Promise.withResolvers<HitherError>()
  const giveUp = new AbortController()
  const joining = links.join(address, { signal: giveUp.signal, onProgress: ({ error }) => first.resolve(error) })
  joining.then(() => first.reject(new Error('it was let in')), first.reject)
  const failed = await first.promise
  giveUp.abort()
  await joining.catch(() => {})
  return failed
}

test('peers with one key talk: calls, bodies of all lengths, both ways', async () => {
  const [one, two] = [await inside(shop), await inside(shop)]
  await link(one, addressOf(two), two)
  for (const [from, to] of [
    [one, two],
    [two, one],
  ] as const) {
    const bodies = await Promise.all(
      [0, 10, 300_000, 5_000_000].map((length) => wholly(from.call(to.self, header(), pattern(length)))),
    )
    expect(bodies.map(({ body }) => body.length)).toEqual([0, 10, 300_000, 5_000_000])
  }
})

describe.each<[string, ClosedNetwork | undefined, ClosedNetwork | undefined]>([
  ['of another closed network', shop, other],
  ['of the open network', shop, undefined],
])('a peer %s', (_, within, without) => {
  test.each([
    ['in', without, within],
    ['out', within, without],
  ])('cannot connect %s, at once and by a named error', async (_way, from, to) => {
    const [caller, called] = [await inside(from), await inside(to)]
    const failed = await refusedAt(caller, addressOf(called))
    expect(failed).toMatchObject({ code: 'wrong-network', name: 'WrongNetwork' })
    expect(failed.message).toContain(from === undefined ? 'the open network' : 'this network')
    expect([caller.list(), called.list()]).toEqual([[], []])
  })
})

test('a join that is given up ends with what was wrong', async () => {
  const [caller, called] = [await inside(other), await inside(shop)]
  const giveUp = new AbortController()
  const joining = caller.join(addressOf(called), { signal: giveUp.signal, onProgress: () => giveUp.abort() })
  const error = (await joining.catch((thrown: unknown) => thrown)) as HitherError
  expect(error).toMatchObject({ code: 'wrong-network', name: 'WrongNetwork' })
  expect(error.fix).toContain('fn network')
})

test('a peer of the network under another id than was dialled is no peer of another network', async () => {
  const [one, two, three] = [await inside(shop), await inside(shop), await inside(shop)]
  const address = addressOf(two).replace(two.self, three.self)
  expect(await refusedAt(one, address)).toMatchObject({ code: 'peer-unreachable' })
})

test('nobody there, and nobody who says anything, are told from another network', async () => {
  const links = await inside(shop)
  expect(await refusedAt(links, '/ip4/127.0.0.1/tcp/1')).toMatchObject({ code: 'peer-unreachable' })
  const silent = await listening(() => {})
  expect(await refusedAt(links, silent)).toMatchObject({ code: 'peer-unreachable' })
  const rude = await listening((socket) => socket.end())
  expect(await refusedAt(links, rude)).toMatchObject({ code: 'wrong-network' })
  const http = await listening((socket) => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'))
  expect(await refusedAt(links, http)).toMatchObject({ code: 'wrong-network' })
})

test('strangers’ connects, of nothing, of half a nonce and of nonces, harm nobody', async () => {
  const [one, two] = [await inside(shop), await inside(shop)]
  await link(one, addressOf(two), two)
  const [, , ip = '', , port = ''] = addressOf(two).split('/')
  for (let round = 0; round < 300; round++) {
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), ip)
      socket.on('error', () => {})
      socket.on('close', () => resolve())
      socket.resume()
      socket.on('connect', () => socket.end(new Uint8Array([0, 12, 24, 300][round % 4] ?? 0)))
    })
  }
  expect((await wholly(one.call(two.self, header(), pattern(500_000)))).body.length).toBe(500_000)
  expect((await aftermath(await inside())).escaped).toEqual(UNHARMED.escaped)
})

test('the wire is that of libp2p’s private networks', async () => {
  const psk = new TextEncoder().encode(`/key/swarm/psk/1.0.0/\n/base16/\n${Buffer.from(shop.key).toString('hex')}`)
  const theirs = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionProtector: preSharedKey({ psk }),
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
  })
  onTestFinished(async () => theirs.stop())
  const ours = await createNode({ key: identityOf(seed()), listen: ['/ip4/127.0.0.1/tcp/0'], network: shop })
  await startNode(ours, [])
  onTestFinished(async () => ours.stop())
  for (const [from, to] of [
    [ours, theirs],
    [theirs, ours],
  ] as const) {
    const connection = await from.dial(multiaddr(String(to.getMultiaddrs()[0])))
    expect(connection.remotePeer.toString()).toBe(to.peerId.toString())
    await connection.close()
  }
})

/** The address of a server that treats its connections so. */
async function listening(treat: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.resume()
    treat(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as { port: number }
  return `/ip4/127.0.0.1/tcp/${port}`
}
