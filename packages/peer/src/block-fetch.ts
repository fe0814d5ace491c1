import { setTimeout as pause } from 'node:timers/promises'
import { within, type CID, type Links, type Options, type PeerId } from '@hither/core'
import type { Logger } from 'pino'
import { BLOCK_QUERY_MS, BLOCK_QUERY_PEERS, BLOCK_STAGGER_MS } from './limits/functions.ts'
import { nearest } from './network.ts'
import { faultOf } from './peer-fault.ts'
import { raced } from './raced.ts'

/** One search for a block, shared by all who wait for it. */
export interface BlockFetch {
  /** Waits with the others; what ends this wait does not end theirs. Resolves to undefined where nobody has the block. */
  wait(options: { from?: PeerId; signal?: AbortSignal }): Promise<Uint8Array | undefined>
}

export interface BlockFetchComponents {
  links: Links
  log: Logger
  /** Asks one of them. @default for the block alone */
  ask?: (peer: PeerId, options: Options) => Promise<Uint8Array | undefined>
  /** Found, or given up: later questions begin anew. */
  onEnd: () => void
}

/**
 * Asks whoever wants the block run, who probably has it, then the nearest peers: the next one as soon as the one before says
 * no, or is slow to say anything. Ends when nobody waits any more.
 */
export function blockFetch(
  cid: CID,
  { links, log, ask: askFor = (peer, options) => links.block(peer, cid, options), onEnd }: BlockFetchComponents,
): BlockFetch {
  const stop = new AbortController()
  const asked = new Set<PeerId>([links.self])
  const first: PeerId[] = []
  let waiting = 0
  let search: Promise<Uint8Array | undefined> | undefined

  /** A peer that fails or lies is as good as one that does not have it. */
  async function ask(peer: PeerId): Promise<Uint8Array | undefined> {
    using ends = within(BLOCK_QUERY_MS, stop.signal)
    try {
      return await askFor(peer, { signal: ends.signal })
    } catch (error) {
      if (!stop.signal.aborted)
        log.debug({ peer, cid: cid.toString(), ...faultOf(error) }, 'a peer could not give a block')
      return undefined
    }
  }

  function nextPeer(): PeerId | undefined {
    const near = nearest(links, BLOCK_QUERY_PEERS).map(({ peer }) => peer)
    const peer = [...first, ...near].find((one) => !asked.has(one))
    if (peer === undefined || asked.size > BLOCK_QUERY_PEERS) return undefined
    asked.add(peer)
    return peer
  }

  async function run(): Promise<Uint8Array | undefined> {
    const open = new Set<Promise<Uint8Array | undefined>>()
    try {
      for (;;) {
        const peer = nextPeer()
        if (peer !== undefined) {
          const answer = ask(peer).finally(() => open.delete(answer))
          open.add(answer)
        } else if (open.size === 0) {
          return undefined
        }
        const found = await Promise.race([...open, slow()])
        if (found !== undefined) return found
      }
    } finally {
      end()
    }
  }

  /** Once: by the time the last waiter leaves, another search for the block may have begun. */
  function end(): void {
    if (stop.signal.aborted) return
    stop.abort()
    onEnd()
  }

  return {
    async wait({ from, signal }) {
      if (from !== undefined) first.push(from)
      search ??= run()
      waiting += 1
      try {
        return await raced(search, signal)
      } finally {
        waiting -= 1
        if (waiting === 0) end()
      }
    },
  }
}

async function slow(): Promise<undefined> {
  await pause(BLOCK_STAGGER_MS, undefined, { ref: false })
}
