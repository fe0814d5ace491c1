import type { PeerId } from '@hither/core'
import type { CallServer } from './protocols/call/server.ts'

/** The call streams that others have opened here. A peer has one per connection, so mostly one. */
export interface Servers {
  add(peer: PeerId, server: CallServer): void
  delete(peer: PeerId, server: CallServer): void
  /** Calls that a peer makes here now. */
  inFlight(peer: PeerId): number
  /** Says what is new of this peer on all of them. */
  tell(): void
  /** As `CallServer.drain`, for all of them; those that are opened later refuse calls too. */
  drain(): Promise<void>
  /** As `CallServer.close`, for all of them. */
  close(withinMs?: number): Promise<void>
}

export function servers(): Servers {
  const byPeer = new Map<PeerId, Set<CallServer>>()
  const all = (): CallServer[] => [...byPeer.values()].flatMap((known) => [...known])
  let draining = false
  return {
    add(peer, server) {
      if (draining) void server.drain()
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
    tell() {
      for (const server of all()) server.tell()
    },
    async drain() {
      draining = true
      await Promise.all(all().map((server) => server.drain()))
    },
    async close(withinMs) {
      await Promise.all(all().map((server) => server.close(withinMs)))
    },
  }
}
