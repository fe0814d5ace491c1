import { HitherError, within, type Links, type Options, type PeerId, type PublisherId } from '@hither/core'
import { sealKeyOf } from '@hither/core/secrets'
import { NAME_QUERY_MS, NAME_QUERY_ROUND_TRIPS } from '../limits/names.ts'
import { present, roundTripMs, waitForLinks, type Joining } from '../network.ts'

export interface QualifyComponents {
  links: Links
  joining: Joining
  publisher: PublisherId
  /** Whether this very peer runs functions, its own publisher's among them. */
  isRunner: boolean
}

/** Peer ids, or all connected runners that admit the publisher now. */
export type WishedRunners = readonly PeerId[] | 'all'

/**
 * The runners to put on a name's list. A runner qualifies where it is connected and says that it runs this publisher's functions.
 * That word is no proof of anything: anybody on the network can give it. So nobody gets on a list by it alone, unless the publisher
 * asks for `all`; whom the publisher names, or the runner in this very process, does.
 *
 * Throws `no-runner` where none qualifies, or one that was named does not; `usage` for what is no peer's id.
 */
export async function qualify(
  on: QualifyComponents,
  name: string,
  wished: WishedRunners | undefined,
  { signal }: Options = {},
): Promise<PeerId[]> {
  const { links, isRunner } = on
  const own = isRunner ? [links.self] : []
  if (wished === undefined) {
    if (isRunner) return own
    throw nobody(name, await admitting(on, signal))
  }
  if (wished === 'all') {
    const all = [...own, ...(await admitting(on, signal))]
    if (all.length === 0) throw nobody(name, [])
    return all
  }
  wished.forEach(sealKeyOf)
  await present(on, wished, signal)
  for (const peer of wished) {
    if (peer === links.self ? !isRunner : !(await admits(on, peer, signal))) throw unqualified(on, peer)
  }
  return [...wished]
}

/** Of all who are there when the time is over in which links may be expected to come up. */
async function admitting(on: QualifyComponents, signal: AbortSignal | undefined): Promise<PeerId[]> {
  const { links, joining } = on
  await waitForLinks(links, () => undefined, joining, signal === undefined ? {} : { signal })
  const peers = links.list().map(({ peer }) => peer)
  const answers = await Promise.all(peers.map((peer) => admits(on, peer, signal)))
  return peers.filter((_, i) => answers[i])
}

/** A peer that does not answer in time is none to rely on. */
async function admits({ links, publisher }: QualifyComponents, peer: PeerId, signal?: AbortSignal): Promise<boolean> {
  if (!links.list().some((link) => link.peer === peer)) return false
  using ends = within(NAME_QUERY_MS + NAME_QUERY_ROUND_TRIPS * roundTripMs(links, peer), signal)
  try {
    return await links.admits(peer, publisher, { signal: ends.signal })
  } catch {
    signal?.throwIfAborted()
    return false
  }
}

function nobody(name: string, candidates: readonly PeerId[]): HitherError {
  const none = candidates.length === 0
  return new HitherError('no-runner', `no runner was chosen that may have the secrets of "${name}"`, {
    why: none
      ? 'no runner is connected that runs functions of your key'
      : `these run functions of your key, but only you can say whom you trust with secrets:\n${candidates.join('\n')}`,
    fix: none
      ? 'start one with fn up --volunteer, let its owner trust your key (fn trust add KEY), or name a peer with --bootstrap'
      : `name those that may, such as: --runner ${candidates[0]}   (or --runner all)`,
    data: { candidates },
  })
}

function unqualified({ links, publisher }: QualifyComponents, peer: PeerId): HitherError {
  const connected = peer === links.self || links.list().some((link) => link.peer === peer)
  return new HitherError('no-runner', `${peer} does not qualify for secrets`, {
    why: connected
      ? 'it does not run functions of your key'
      : 'it is not connected, so it cannot say whether it runs functions of your key',
    fix: connected
      ? `let its owner start it with --volunteer, and allow your key: fn trust add ${publisher}`
      : 'start it, or name its address with --bootstrap; fn peers   shows who is connected',
    data: { peer },
  })
}
