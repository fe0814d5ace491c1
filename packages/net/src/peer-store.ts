import { mayFail } from '@hither/core'
import type { Libp2p, PeerId } from '@libp2p/interface'
import { PEERS_STORED_MAX } from './limits/connections.ts'

/**
 * Keeps the newest in the store of a node, which by itself forgets nobody: each peer that was ever met, dialled or found stays there,
 * with all addresses that it told. What goes is not missed, for hither dials addresses that it remembers itself.
 */
export function boundPeerStore(node: Pick<Libp2p, 'peerStore' | 'addEventListener'>): void {
  /** Those first that were not written for longest. */
  const stored = new Map<string, PeerId>()
  node.addEventListener('peer:update', ({ detail: { peer } }) => {
    const key = peer.id.toString()
    stored.delete(key)
    stored.set(key, peer.id)
    const [oldest] = stored
    if (stored.size <= PEERS_STORED_MAX || oldest === undefined) return
    stored.delete(oldest[0])
    // Who stays for once takes a place again when it is next written.
    void mayFail(Promise.resolve(node.peerStore.delete(oldest[1])))
  })
}
