import type { Clock, PeerId, Random } from '@hither/core'
import { redialPause } from './backoff.ts'
import { reasonOf } from './errors.ts'
import { FOUND_DIALS_AT_ONCE, FOUND_FAILURES_MAX, FOUND_LINKS_MAX } from './limits.ts'

export interface DiscoveryInit {
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

  constructor(init: DiscoveryInit) {
    this.init = init
  }

  found(peer: PeerId, addresses: string[]): void {
    const { init, dialling } = this
    if (init.linked(peer) || dialling.has(peer)) return
    if (dialling.size >= FOUND_DIALS_AT_ONCE || init.links() + dialling.size >= FOUND_LINKS_MAX) return
    if ((this.failures.get(peer)?.notBefore ?? 0) > init.now()) return
    void this.dial(peer, addresses)
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
    // Anew, so that the map's order is that of the last failures, and the oldest is forgotten first.
    this.failures.delete(peer)
    this.failures.set(peer, { count, notBefore: this.init.now() + redialPause(count, this.init.random) })
    const [oldest] = this.failures.keys()
    if (this.failures.size > FOUND_FAILURES_MAX && oldest !== undefined) this.failures.delete(oldest)
  }
}
