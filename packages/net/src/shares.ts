import type { PeerId } from '@hither/core'
import { budget, type Budget } from './budget.ts'

/** What one peer may hold of a budget of all. */
export interface Share extends Budget {
  /** Nothing more is taken by it; what it took is still to be given back. */
  leave(): void
}

/** A budget of which no peer gets more than its share, however many connections it has. */
export interface Shares {
  of(peer: PeerId): Share
}

export interface SharesInit {
  /** Of all peers together. */
  maxBytes: number
  /** Of each. */
  eachMaxBytes: number
}

export function shares({ maxBytes, eachMaxBytes }: SharesInit): Shares {
  const all = budget(maxBytes)
  const peers = new Map<PeerId, PeerShare>()
  return {
    of(peer) {
      const share = peers.get(peer) ?? new PeerShare(all, eachMaxBytes, () => peers.delete(peer))
      peers.set(peer, share)
      share.users += 1
      return share
    },
  }
}

/** The same for all who take for a peer, and forgotten only when it holds nothing: who comes again does not begin anew. */
class PeerShare implements Share {
  users = 0
  private readonly all: Budget
  private readonly maxBytes: number
  private readonly forget: () => void
  private held = 0

  constructor(all: Budget, maxBytes: number, forget: () => void) {
    this.all = all
    this.maxBytes = maxBytes
    this.forget = forget
  }

  take(bytes: number): boolean {
    if (this.held + bytes > this.maxBytes || !this.all.take(bytes)) return false
    this.held += bytes
    return true
  }

  giveBack(bytes: number): void {
    this.held -= bytes
    this.all.giveBack(bytes)
    if (this.users === 0 && this.held === 0) this.forget()
  }

  leave(): void {
    this.users -= 1
    if (this.users === 0 && this.held === 0) this.forget()
  }
}
