import type { PeerId } from '@hither/core'
import { budget, type Budget } from './budget.ts'
import type { Timers } from './timers.ts'

/** What one peer may hold of a budget of all. */
export interface Share extends Budget {
  /** Waits for room where there is none. False where there is none within so many ms. */
  takeSoon(bytes: number, withinMs: number, timers: Timers): Promise<boolean>
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
  const waiting = new Set<() => boolean>()
  return {
    of(peer) {
      const share =
        peers.get(peer) ?? new PeerShare({ all, maxBytes: eachMaxBytes, waiting, forget: () => peers.delete(peer) })
      peers.set(peer, share)
      share.users += 1
      return share
    },
  }
}

interface PeerShareInit {
  all: Budget
  maxBytes: number
  /** Of all peers: those that wait for room take it where there is enough. */
  waiting: Set<() => boolean>
  forget: () => void
}

/** The same for all who take for a peer, and forgotten only when it holds nothing: who comes again does not begin anew. */
class PeerShare implements Share {
  users = 0
  private readonly init: PeerShareInit
  private held = 0

  constructor(init: PeerShareInit) {
    this.init = init
  }

  take(bytes: number): boolean {
    const { all, maxBytes } = this.init
    if (this.held + bytes > maxBytes || !all.take(bytes)) return false
    this.held += bytes
    return true
  }

  takeSoon(bytes: number, withinMs: number, timers: Timers): Promise<boolean> {
    const { waiting } = this.init
    return new Promise((resolve) => {
      const isTaken = (): boolean => {
        if (!this.take(bytes)) return false
        waiting.delete(isTaken)
        callOff()
        resolve(true)
        return true
      }
      const callOff = timers.after(withinMs, () => {
        waiting.delete(isTaken)
        resolve(false)
      })
      // Who comes first is asked first.
      if (!isTaken()) waiting.add(isTaken)
    })
  }

  giveBack(bytes: number): void {
    this.held -= bytes
    this.init.all.giveBack(bytes)
    if (this.users === 0 && this.held === 0) this.init.forget()
    for (const isTaken of this.init.waiting) isTaken()
  }

  leave(): void {
    this.users -= 1
    if (this.users === 0 && this.held === 0) this.init.forget()
  }
}
