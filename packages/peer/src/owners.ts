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

interface Asked {
  /** What it showed. */
  publisher?: PublisherId
  /** When it may be asked again: where it did not answer. */
  againAt: number
}

export function owners({ links, placement, now, log }: OwnersComponents): Owners {
  /** Of each link. One that is gone takes along what its question comes to. */
  const asked = new Map<PeerId, Asked>()
  let open = 0

  async function ask(peer: PeerId, it: Asked): Promise<void> {
    open += 1
    using ends = within(OWNER_QUERY_MS, undefined)
    try {
      const statement = await links.owner(peer, { signal: ends.signal })
      if (statement === undefined) return
      const publisher = await openOwner(statement, peer)
      placement.observe({ type: 'owner', peer, publisher }, now())
      it.publisher = publisher
    } catch (error) {
      // Without a statement that holds nobody knows whose it is, which keeps it from nothing but calls that ask for that.
      log.debug({ peer, err: error }, 'a peer did not show whose it is')
      it.againAt = now() + OWNER_AGAIN_MS
    } finally {
      open -= 1
    }
  }

  return {
    hear({ type, peer }) {
      if (type === 'down') asked.delete(peer)
      if (type !== 'state' || now() < (asked.get(peer)?.againAt ?? -Infinity)) return
      const it: Asked = { againAt: Infinity }
      asked.set(peer, it)
      void ask(peer, it)
    },
    of: (peer) => asked.get(peer)?.publisher,
    asking: () => open,
  }
}
