import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import type { Libp2p, PeerId } from '@libp2p/interface'
import { expect, onTestFinished, test, vi } from 'vitest'
import { PEERS_STORED_MAX } from '../src/limits/connections.ts'
import { createNode } from '../src/node.ts'
import { boundPeerStore } from '../src/peer-store.ts'

const MORE = 20

async function someone(): Promise<PeerId> {
  return peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
}

test('the store of a node forgets who was not heard of for longest, and never the node itself', async () => {
  const node = await createNode({ key: await generateKeyPair('Ed25519'), listen: [] })
  const store = node.peerStore
  const meet = (peer: PeerId, protocols = ['/hither/call/1']) => store.merge(peer, { protocols })
  await meet(node.peerId)
  const [first, second, ...rest] = await Promise.all(Array.from({ length: PEERS_STORED_MAX + MORE }, someone))
  await meet(first as PeerId)
  await meet(second as PeerId)
  await meet(first as PeerId, ['/hither/block/1'])
  for (const peer of rest.slice(0, PEERS_STORED_MAX - 1)) await meet(peer)
  await expect.poll(() => store.has(second as PeerId)).toBe(false)
  expect(await store.has(first as PeerId)).toBe(true)
  for (const peer of rest.slice(PEERS_STORED_MAX - 1)) await meet(peer)
  await expect.poll(() => store.all()).toHaveLength(PEERS_STORED_MAX)
  expect(await store.has(first as PeerId)).toBe(false)
  // One that was forgotten and comes again takes a place as all others do.
  await meet(second as PeerId)
  await expect.poll(() => store.all()).toHaveLength(PEERS_STORED_MAX)
  expect(await store.has(node.peerId)).toBe(true)
})

test('a store that cannot forget somebody ends nothing', async () => {
  const unhandled = vi.fn()
  process.on('unhandledRejection', unhandled)
  onTestFinished(() => void process.off('unhandledRejection', unhandled))
  const forgotten: PeerId[] = []
  // No mock: those take each rejection themselves.
  const forget = (peer: PeerId): Promise<void> => {
    forgotten.push(peer)
    return Promise.reject(new Error('the disk is full'))
  }
  const node = Object.assign(new EventTarget(), { peerStore: { delete: forget } })
  boundPeerStore(node as unknown as Libp2p)
  const peers = await Promise.all(Array.from({ length: PEERS_STORED_MAX + 1 }, someone))
  for (const id of peers) node.dispatchEvent(new CustomEvent('peer:update', { detail: { peer: { id } } }))
  expect(forgotten).toEqual([peers[0]])
  // Node tells of rejections that nobody took once the turn is over.
  await new Promise(setImmediate)
  expect(unhandled).not.toHaveBeenCalled()
})
