import type { Clock, Random } from '@hither/core'
import { redialPause } from '../backoff.ts'
import { DEAD_ENDS_MAX } from '../limits/adverts.ts'

export interface DeadEndsInit {
  now: Clock
  random: Random
}

/**
 * Addresses where nobody was found of those that others told of. An advert costs its signer nothing, so whoever makes many ids could
 * have all that hear of them dial one address again and again: it is tried by one of them at a time, and then with growing pauses,
 * whatever ids are said to be there.
 */
export interface DeadEnds {
  /** Those, with their ids, that may be dialled now; also those that are being dialled, by the same id. */
  open(addresses: readonly string[]): string[]
  /** Dials them, and learns from how that ends. */
  watched<T>(addresses: readonly string[], dial: () => Promise<T>): Promise<T>
}

export function deadEnds({ now, random }: DeadEndsInit): DeadEnds {
  /** Those first that were tried longest ago. */
  const known = new Map<string, { failures: number; notBefore: number; dialled?: string }>()

  function remember(place: string, failures: number, notBefore: number, dialled?: string): void {
    known.delete(place)
    known.set(place, { failures, notBefore, ...(dialled !== undefined && { dialled }) })
    const [oldest] = known.keys()
    if (known.size > DEAD_ENDS_MAX && oldest !== undefined) known.delete(oldest)
  }

  return {
    open: (addresses) =>
      addresses.filter((address) => {
        const { notBefore, dialled } = known.get(placeOf(address)) ?? { notBefore: -Infinity }
        return notBefore <= now() || dialled === address
      }),
    async watched(addresses, dial) {
      const places = new Set(addresses.map(placeOf))
      for (const address of addresses) {
        const place = placeOf(address)
        remember(place, known.get(place)?.failures ?? 0, Infinity, address)
      }
      try {
        const done = await dial()
        for (const place of places) known.delete(place)
        return done
      } catch (thrown) {
        for (const place of places) {
          const failures = (known.get(place)?.failures ?? 0) + 1
          remember(place, failures, now() + redialPause(failures, random))
        }
        throw thrown
      }
    },
  }
}

/** A host and a port, whoever is said to be there. */
function placeOf(address: string): string {
  return address.replace(/\/p2p\/[^/]+$/, '')
}
