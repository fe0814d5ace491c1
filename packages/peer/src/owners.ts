import {
  openOwner,
  within,
  type Clock,
  type LinkEvent,
  type Links,
  type PeerId,
  type Placement,
  type PublisherId,
} from '@hither/core'
import type { Logger } from 'pino'
import { OWNER_AGAIN_MS, OWNER_QUERY_MS } from './limits/owners.ts'

/** Whose machines the runners are that this peer has links to, by statements that their publishers signed: asked for once a link. */
export interface Owners {
  hear(event: LinkEvent): void
  /** Whose a linked runner is; undefined where it did not show it. */
  of(peer: PeerId): PublisherId | undefined
  /** Questions that are open. */
  asking(): number
}

export interface OwnersComponents {
  links: Links
  placement: Pick<Placement, 'observe'>
  now: Clock
  log: Logger
}

export function owners({ links, placement, now, log }: OwnersComponents): Owners {
  const asked = new Set<PeerId>()
  /** When those may be asked again that did not answer. */
  const again = new Map<PeerId, number>()
  const shown = new Map<PeerId, PublisherId>()
  let open = 0

  async function ask(peer: PeerId): Promise<void> {
    open += 1
    using ends = within(OWNER_QUERY_MS, undefined)
    try {
      const statement = await links.owner(peer, { signal: ends.signal })
      if (statement === undefined) return
      const publisher = await openOwner(statement, peer)
      placement.observe({ type: 'owner', peer, publisher }, now())
      if (asked.has(peer)) shown.set(peer, publisher)
    } catch (error) {
      // Without a statement that holds nobody knows whose it is, which keeps it from nothing but calls that ask for that.
      log.debug({ peer, err: error }, 'a peer did not show whose it is')
      again.set(peer, now() + OWNER_AGAIN_MS)
    } finally {
      open -= 1
    }
  }

  return {
    hear({ type, peer }) {
      if (type === 'down') {
        asked.delete(peer)
        again.delete(peer)
        shown.delete(peer)
      }
      if (type !== 'state' || (asked.has(peer) && now() < (again.get(peer) ?? Infinity))) return
      again.delete(peer)
      asked.add(peer)
      void ask(peer)
    },
    of: (peer) => shown.get(peer),
    asking: () => open,
  }
}
