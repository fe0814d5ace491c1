import type { PeerId } from '@hither/core'
import { abortError, reasonOf, unreachable } from './errors.ts'
import { REACH_MAX_MS, REACHES_AT_ONCE_MAX } from './limits/adverts.ts'

export interface ReachInit {
  /** Where a peer that there is no link to can be dialled; none where it was never heard of. */
  addressesOf(peer: PeerId): string[]
  /** Resolves once there is a link. */
  connect(addresses: string[], signal: AbortSignal): Promise<PeerId>
  /** Nobody answered there. */
  failed(peer: PeerId): void
}

/** Makes links to peers that were only heard of, when somebody wants to call them. */
export interface Reach {
  /** Resolves once there is a link. Throws `peer-unreachable`; `cancelled` or `timeout` by the signal. */
  to(peer: PeerId, signal: AbortSignal | undefined): Promise<void>
}

export function reach(init: ReachInit): Reach {
  /** Calls that want the same peer wait for the same dial, which none of them ends. */
  const dials = new Map<PeerId, Promise<void>>()

  async function dial(peer: PeerId, addresses: string[]): Promise<void> {
    try {
      await init.connect(addresses, AbortSignal.timeout(REACH_MAX_MS))
    } catch (thrown) {
      init.failed(peer)
      throw unreachable(peer, `it was heard of, but does not answer: ${reasonOf(thrown)}`, thrown)
    } finally {
      dials.delete(peer)
    }
  }

  function begin(peer: PeerId): Promise<void> {
    const addresses = init.addressesOf(peer)
    if (addresses.length === 0) throw unreachable(peer, 'there is no link to it')
    if (dials.size >= REACHES_AT_ONCE_MAX) throw unreachable(peer, 'too many others are dialled now')
    const dialling = dial(peer, addresses)
    dials.set(peer, dialling)
    return dialling
  }

  return {
    async to(peer, signal) {
      if (signal?.aborted === true) throw abortError(signal)
      const dialling = dials.get(peer) ?? begin(peer)
      if (signal === undefined) return dialling
      const left = Promise.withResolvers<never>()
      const onAbort = (): void => left.reject(abortError(signal))
      signal.addEventListener('abort', onAbort, { once: true })
      try {
        await Promise.race([dialling, left.promise])
      } finally {
        signal.removeEventListener('abort', onAbort)
      }
    },
  }
}
