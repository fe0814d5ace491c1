import type { Clock, Link, Links, Options, PeerId } from '@hither/core'
import { FIND_PEERS_MS, LINK_BACK_MS, LINK_RISES_LOOK_MS, LINK_RISES_MS } from './limits/finding.ts'
import { RTT_UNKNOWN_MS } from './limits/names.ts'

/** Connected peers, nearest first; those not yet measured last. */
export function nearest(links: Links, most: number, except?: PeerId): Link[] {
  return links
    .list()
    .filter((link) => link.peer !== except)
    .toSorted((a, b) => (a.rttMs ?? Infinity) - (b.rttMs ?? Infinity))
    .slice(0, most)
}

/**
 * The moments in which links may be expected to come up: the first ones online, and those after a link was lost; for some
 * seconds more where one is on its way. At other times nobody waits for a link that is not there.
 */
export interface Joining {
  begin(): void
  lost(): void
  /** Ms left of them, but for links on their way. */
  leftMs(): number
  /** A link is on its way, which is worth waiting for when they are over. */
  late(): boolean
}

/** @param rising How many links are on their way. */
export function joining(now: Clock, rising: () => number): Joining {
  let endsAt: number | undefined
  const leftMs = (): number => (endsAt === undefined ? FIND_PEERS_MS : Math.max(0, endsAt - now()))
  return {
    begin: () => void (endsAt ??= now() + FIND_PEERS_MS),
    lost: () => void (endsAt = Math.max(endsAt ?? 0, now() + LINK_BACK_MS)),
    leftMs,
    // Timers may ring a little early: whether the first moments are quite over is not asked.
    late: () => endsAt !== undefined && now() < endsAt + LINK_RISES_MS && rising() > 0,
  }
}

/**
 * Waits until a condition on the links holds, looking again at each event; gives up without an error when no link is expected any
 * more, or with the signal's. Resolves to what `look` found.
 */
export function waitForLinks<T>(
  links: Links,
  look: () => T | undefined,
  joins: Joining,
  { signal }: Options = {},
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const end = (found: T | undefined, error?: unknown): void => {
      clearTimeout(timer)
      stopListening()
      signal?.removeEventListener('abort', onAbort)
      if (error === undefined) resolve(found)
      else reject(error)
    }
    const check = (): void => {
      const found = look()
      if (found !== undefined) end(found)
    }
    const onAbort = (): void => end(undefined, signal?.reason)
    const wait = (ms: number): NodeJS.Timeout =>
      setTimeout(() => {
        const found = look()
        if (found === undefined && joins.late()) timer = wait(LINK_RISES_LOOK_MS)
        else end(found)
      }, ms)
    let timer = wait(joins.leftMs())
    const stopListening = links.listen(check)
    signal?.addEventListener('abort', onAbort)
    if (signal?.aborted) onAbort()
    else check()
  })
}

/** Waits until all of these peers are connected, as long as links may be expected to come up. */
export async function present(
  on: { links: Links; joining: Joining },
  peers: readonly PeerId[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const { links } = on
  const away = (): boolean => {
    const here = new Set([links.self, ...links.list().map(({ peer }) => peer)])
    return peers.some((peer) => !here.has(peer))
  }
  const all = (): true | undefined => (away() ? undefined : true)
  await waitForLinks(links, all, on.joining, signal === undefined ? {} : { signal })
}

/** Undefined where there is none, as to oneself. */
export function linkTo(links: Links, peer: PeerId): Link | undefined {
  return peer === links.self ? undefined : links.get(peer)
}

/** The last heartbeat's round trip to a peer, in ms; a guess where there was none yet. */
export function roundTripMs(links: Links, peer: PeerId): number {
  return linkTo(links, peer)?.rttMs ?? RTT_UNKNOWN_MS
}
