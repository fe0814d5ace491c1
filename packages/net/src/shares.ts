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

/**
 * A budget of which no peer gets more than its share, however many connections it has. Keys cost nothing, so neither does any address;
 * and for whoever has many of both, a part of it is only for peers that are known.
 */
export interface Shares {
  of(taker: Taker): Share
}

export interface Taker {
  peer: PeerId
  /** Where it comes from, as `placeOf` tells. While it holds anything, what was said first counts. */
  place: string
  isKnown: () => boolean
}

export interface SharesInit {
  /** Of all peers together. */
  maxBytes: number
  /** Of each. */
  eachMaxBytes: number
  /** Of all at one address together, but for this machine's own, whose gateways and proxies share it. */
  placeMaxBytes: number
  /** For those that are known alone. */
  keptBytes: number
}

export function shares({ maxBytes, eachMaxBytes, placeMaxBytes, keptBytes }: SharesInit): Shares {
  const all = { open: budget(maxBytes - keptBytes), kept: budget(keptBytes) }
  const places = new Map<string, Budget & { peers: number }>()
  const peers = new Map<PeerId, PeerShare>()
  const waiting = new Set<() => boolean>()

  function begin({ peer, place: at, isKnown }: Taker): PeerShare {
    const place = places.get(at) ?? { ...budget(at === 'loopback' ? Infinity : placeMaxBytes), peers: 0 }
    places.set(at, place)
    place.peers += 1
    const forget = (): void => {
      peers.delete(peer)
      place.peers -= 1
      if (place.peers === 0) places.delete(at)
    }
    const share = new PeerShare({ ...all, place, maxBytes: eachMaxBytes, isKnown, waiting, forget })
    peers.set(peer, share)
    return share
  }

  return {
    of(taker) {
      const share = peers.get(taker.peer) ?? begin(taker)
      share.users += 1
      return share
    },
  }
}

interface PeerShareInit {
  /** What anybody may take of. */
  open: Budget
  /** What is for known peers. */
  kept: Budget
  place: Budget
  maxBytes: number
  isKnown: Taker['isKnown']
  /** Of all peers: those that wait for room take it where there is enough. */
  waiting: Set<() => boolean>
  forget: () => void
}

/** The same for all who take for a peer, and forgotten only when it holds nothing: who comes again does not begin anew. */
class PeerShare implements Share {
  users = 0
  private readonly init: PeerShareInit
  private held = 0
  /** How much of that is of what is for known peers. */
  private heldOfKept = 0

  constructor(init: PeerShareInit) {
    this.init = init
  }

  take(bytes: number): boolean {
    const { maxBytes, kept, isKnown } = this.init
    if (this.held + bytes > maxBytes) return false
    if (!this.takeOpen(bytes)) {
      if (!isKnown() || !kept.take(bytes)) return false
      this.heldOfKept += bytes
    }
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
    const { open, kept, place, waiting } = this.init
    const ofKept = Math.min(bytes, this.heldOfKept)
    this.held -= bytes
    this.heldOfKept -= ofKept
    kept.giveBack(ofKept)
    open.giveBack(bytes - ofKept)
    place.giveBack(bytes - ofKept)
    this.forgetIdle()
    for (const isTaken of waiting) isTaken()
  }

  leave(): void {
    this.users -= 1
    this.forgetIdle()
  }

  private takeOpen(bytes: number): boolean {
    const { open, place } = this.init
    if (!place.take(bytes)) return false
    if (open.take(bytes)) return true
    place.giveBack(bytes)
    return false
  }

  private forgetIdle(): void {
    if (this.users === 0 && this.held === 0) this.init.forget()
  }
}
