import type { PeerId } from '@hither/core'
import type { CallServer } from './protocols/call/server.ts'

/** The call streams that others have opened here. A peer has one per connection, so mostly one. */
export interface Servers {
  add(peer: PeerId, server: CallServer): void
  delete(peer: PeerId, server: CallServer): void
  /** Calls that a peer makes here now. */
  inFlight(peer: PeerId): number
  close(): void
}

export function servers(): Servers {
  const byPeer = new Map<PeerId, Set<CallServer>>()
  return {
    add(peer, server) {
      const known = byPeer.get(peer)
      if (known === undefined) byPeer.set(peer, new Set([server]))
      else known.add(server)
    },
    delete(peer, server) {
      const known = byPeer.get(peer)
      known?.delete(server)
      if (known?.size === 0) byPeer.delete(peer)
    },
    inFlight(peer) {
      let calls = 0
      for (const server of byPeer.get(peer) ?? []) calls += server.inFlight
      return calls
    },
    close() {
      for (const known of byPeer.values()) for (const server of known) server.close()
    },
  }
}
