import type { Clock, PeerId, Random } from '@hither/core'
import { redialPause } from '../backoff.ts'
import { DEAD_ENDS_MAX } from '../limits/adverts.ts'
import { whoAnswered } from '../noise.ts'

export interface DeadEndsInit {
  now: Clock
  random: Random
}

/**
 * Addresses where nobody was found of those that others told of. An advert costs its signer nothing, so whoever makes many ids could
 * have all that hear of them dial one address again and again: it is tried by one of them at a time, and then with growing pauses,
 * whatever ids are said to be there. Nor do made-up ids keep anybody from a peer that is there: who answered at an address, if only
 * when another was looked for, is dialled there by its own failures alone.
 */
export interface DeadEnds {
  /** Those, with their ids, that may be dialled now; also those that are being dialled, by the same id. */
  open(addresses: readonly string[]): string[]
  /** Dials them, and learns from how that ends. */
  watched<T>(addresses: readonly string[], dial: () => Promise<T>): Promise<T>
}

export function deadEnds(init: DeadEndsInit): DeadEnds {
  return new RememberedEnds(init)
}

interface Failures {
  count: number
  /** When it may be dialled again. */
  notBefore: number
}

/** What is known of a host and a port. */
interface Place {
  /** Of all that are said to be there but the one that answered. */
  others: Failures
  /** Which of these is being dialled. */
  dialled?: PeerId | undefined
  /** Who answered there last. */
  home?: { peer: PeerId; failed: Failures } | undefined
}

const NONE: Failures = { count: 0, notBefore: -Infinity }

class RememberedEnds implements DeadEnds {
  private readonly init: DeadEndsInit
  /** Those first that were tried longest ago. */
  private readonly places = new Map<string, Place>()

  constructor(init: DeadEndsInit) {
    this.init = init
  }

  open(addresses: readonly string[]): string[] {
    const now = this.init.now()
    return addresses.filter((address) => {
      const [place, peer] = split(address)
      const { others, dialled, home } = this.places.get(place) ?? { others: NONE }
      if (home?.peer === peer) return home.failed.notBefore <= now
      return others.notBefore <= now || dialled === peer
    })
  }

  async watched<T>(addresses: readonly string[], dial: () => Promise<T>): Promise<T> {
    const ends = addresses.map(split)
    for (const [place, peer] of ends) this.begin(place, peer)
    try {
      const done = await dial()
      // Of several nobody knows which one led there.
      for (const [place, peer] of ends) this.found(place, ends.length === 1 ? peer : undefined)
      return done
    } catch (thrown) {
      const answered = whoAnswered(thrown)
      for (const [place, peer] of ends) this.failed(place, peer, answered)
      throw thrown
    }
  }

  private begin(place: string, peer: PeerId): void {
    const { others, home } = this.places.get(place) ?? { others: NONE }
    const isHome = home?.peer === peer
    this.remember(
      place,
      isHome ? { others, home } : { others: { ...others, notBefore: Infinity }, dialled: peer, home },
    )
  }

  private found(place: string, peer: PeerId | undefined): void {
    const known = this.places.get(place)?.home
    const home = peer === undefined ? known : { peer, failed: NONE }
    if (home === undefined) this.places.delete(place)
    else this.remember(place, { others: NONE, home })
  }

  private failed(place: string, peer: PeerId, answered: PeerId | undefined): void {
    const { others, dialled, home } = this.places.get(place) ?? { others: NONE }
    const known = answered === undefined ? home : { peer: answered, failed: NONE }
    if (home?.peer !== peer) this.remember(place, { others: this.oneMore(others), home: known })
    else if (answered !== undefined) this.remember(place, { others, dialled, home: known })
    else this.remember(place, { others, dialled, home: { peer, failed: this.oneMore(home.failed) } })
  }

  private oneMore({ count }: Failures): Failures {
    return { count: count + 1, notBefore: this.init.now() + redialPause(count + 1, this.init.random) }
  }

  private remember(place: string, what: Place): void {
    this.places.delete(place)
    this.places.set(place, what)
    const [oldest] = this.places.keys()
    if (this.places.size > DEAD_ENDS_MAX && oldest !== undefined) this.places.delete(oldest)
  }
}

/** A host and a port, without the zone, as libp2p dials them; and who is looked for there: of several ids, the last. */
function split(address: string): [place: string, peer: PeerId] {
  const [place = '', ...peers] = address.replace(/^\/ip6zone\/[^/]+/, '').split('/p2p/')
  return [place, peers.at(-1) ?? '']
}
