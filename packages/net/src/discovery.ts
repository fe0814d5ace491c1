import type { Clock, PeerId, Random } from '@hither/core'
import { redialPause } from './backoff.ts'
import { reasonOf } from './errors.ts'
import { FOUND_DIALS_AT_ONCE, FOUND_LINKS_MAX, FOUND_REMEMBERED_MAX, LOST_TRIES_MAX } from './limits/finding.ts'
import { pause, type Timers } from './timers.ts'

export interface DiscoveryInit {
  timers: Timers
  now: Clock
  random: Random
  linked(peer: PeerId): boolean
  /** Links there are, of any origin. */
  links(): number
  connect(peer: PeerId, addresses: string[]): Promise<void>
  log: (text: string) => void
}

/** Decides which of the peers that the local network shows are dialled. They show themselves again every few seconds. */
export interface Discovery {
  found(peer: PeerId, addresses: string[]): void
  /** The link to a peer broke: where it was found before, it is looked for there, for a while. */
  lost(peer: PeerId): void
  stop(): void
}

export function discovery(init: DiscoveryInit): Discovery {
  return new BoundedDiscovery(init)
}

interface Failure {
  count: number
  notBefore: number
}

class BoundedDiscovery implements Discovery {
  private readonly init: DiscoveryInit
  private readonly dialling = new Set<PeerId>()
  private readonly failures = new Map<PeerId, Failure>()
  /** Where peers were found; those first that were not seen for longest. */
  private readonly places = new Map<PeerId, string[]>()
  private readonly stopping = new AbortController()

  constructor(init: DiscoveryInit) {
    this.init = init
  }

  found(peer: PeerId, addresses: string[]): void {
    const { init, dialling } = this
    // A peer that drains is still shown others.
    if (this.stopping.signal.aborted) return
    remember(this.places, peer, addresses)
    if (init.linked(peer) || dialling.has(peer)) return
    if (dialling.size >= FOUND_DIALS_AT_ONCE || init.links() + dialling.size >= FOUND_LINKS_MAX) return
    if ((this.failures.get(peer)?.notBefore ?? 0) > init.now()) return
    void this.dial(peer, addresses)
  }

  lost(peer: PeerId): void {
    const addresses = this.places.get(peer)
    if (addresses !== undefined) void this.seek(peer, addresses)
  }

  stop(): void {
    this.stopping.abort()
  }

  /** Until there is a link, or the tries are over. Never rejects. */
  private async seek(peer: PeerId, addresses: string[]): Promise<void> {
    const { init, dialling, stopping } = this
    try {
      for (let tries = 0; tries < LOST_TRIES_MAX; tries++) {
        await pause(init.timers, redialPause(tries, init.random), stopping.signal)
        if (init.linked(peer)) return
        if (!dialling.has(peer) && dialling.size < FOUND_DIALS_AT_ONCE) await this.dial(peer, addresses)
      }
    } catch {
      // Only the end of the network ends it.
    }
  }

  /** Never rejects. */
  private async dial(peer: PeerId, addresses: string[]): Promise<void> {
    this.dialling.add(peer)
    try {
      await this.init.connect(peer, addresses)
      this.failures.delete(peer)
    } catch (thrown) {
      this.failed(peer)
      this.init.log(`found ${peer}, but no link: ${reasonOf(thrown)}`)
    } finally {
      this.dialling.delete(peer)
    }
  }

  private failed(peer: PeerId): void {
    const count = (this.failures.get(peer)?.count ?? 0) + 1
    remember(this.failures, peer, { count, notBefore: this.init.now() + redialPause(count, this.init.random) })
  }
}

/** Anew, so that the map's order is that of the last times, and the oldest is forgotten first. */
function remember<T>(map: Map<PeerId, T>, peer: PeerId, what: T): void {
  map.delete(peer)
  map.set(peer, what)
  const [oldest] = map.keys()
  if (map.size > FOUND_REMEMBERED_MAX && oldest !== undefined) map.delete(oldest)
}
