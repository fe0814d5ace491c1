import {
  toHitherError,
  within,
  type DeployProgress,
  type Link,
  type Links,
  type NameRecord,
  type Options,
  type PeerId,
} from '@hither/core'
import type { NotTaken } from './names-api.ts'
import { ANNOUNCE_MS, ANNOUNCE_PEERS, ANNOUNCE_PEERS_MAX, REPLICAS_WANTED } from './limits/names.ts'
import { nearest, waitForLinks, type Joining } from './network.ts'

export interface AnnounceComponents {
  links: Links
  joining: Joining
}

/** Whom a record reached. */
export interface Spread {
  /** Peers that know it now. */
  toldTo: PeerId[]
  /** Those of them that hold its function. */
  keptBy: PeerId[]
  /** Peers that were told and did not take it. */
  notTaken: NotTaken[]
}

/**
 * Tells the nearest peers, runners first; each that admits the publisher has the function before it answers. In the first
 * moments online, when links come up one by one, it goes on until enough of them hold it. A removal, which nobody holds, is told
 * to all within reach.
 */
export async function announce(
  { links, joining }: AnnounceComponents,
  record: NameRecord,
  { signal, onProgress = () => {} }: Options<DeployProgress>,
): Promise<Spread> {
  const told = new Set<PeerId>()
  const spread: Spread = { toldTo: [], keptBy: [], notTaken: [] }

  const tell = async (peer: PeerId): Promise<void> => {
    told.add(peer)
    using ends = within(ANNOUNCE_MS, signal)
    try {
      const { kept } = await links.announce(peer, record.bytes, { signal: ends.signal })
      onProgress({ type: 'deploy:pushed', peer, kept })
      spread.toldTo.push(peer)
      if (kept) spread.keptBy.push(peer)
    } catch (thrown) {
      const { code, message } = toHitherError(thrown)
      onProgress({ type: 'deploy:push-failed', peer, code, message })
      spread.notTaken.push({ peer, code, message })
    }
  }
  const untold = (): Link[] | undefined => {
    const all = nearest(links, Infinity).filter(({ peer }) => !told.has(peer))
    const runnersFirst = [...all.filter(({ state }) => state), ...all.filter(({ state }) => !state)]
    return all.length > 0 ? runnersFirst.slice(0, ANNOUNCE_PEERS) : undefined
  }

  while (spread.keptBy.length < REPLICAS_WANTED && told.size < ANNOUNCE_PEERS_MAX) {
    const peers = await waitForLinks(links, untold, joining, signal === undefined ? {} : { signal })
    if (peers === undefined) break
    await Promise.all(peers.map(({ peer }) => tell(peer)))
    signal?.throwIfAborted()
  }
  return spread
}
