import {
  HitherError,
  openRecord,
  parseTarget,
  type CID,
  type Clock,
  type Links,
  type NameRecord,
  type Names,
  type Options,
  type PeerId,
  type PublisherId,
} from '@hither/core'
import type { Logger } from 'pino'
import { NAME_QUERY_MS, NAME_QUERY_PEERS, NAME_REFRESH_MS } from './limits.ts'
import { nearest, waitForLinks, within, type Joining } from './network.ts'

export interface Resolved {
  cid: CID
  publisher?: PublisherId
  /** `publisher/name`, where it was a name. */
  name?: string
}

/** From what a user calls to the function behind it. */
export interface Resolver {
  /** Throws `bad-name`, `unknown-name`. */
  resolve(target: string, options?: Options): Promise<Resolved>
  /** Asks the nearest peers for a name's newest record and keeps it. */
  refresh(publisher: PublisherId, name: string, options?: Options): Promise<void>
}

export interface ResolverComponents {
  self: PublisherId
  aliases: ReadonlyMap<string, PublisherId>
  names: Names
  links: Links
  joining: Joining
  now: Clock
  log: Logger
}

export function resolver({ self, aliases, names, links, joining, now, log }: ResolverComponents): Resolver {
  /** When each name was last asked of the network; announcements keep it current in between. */
  const asked = new Map<string, number>()

  async function ask(peer: PeerId, publisher: PublisherId, name: string, signal: AbortSignal): Promise<void> {
    try {
      const bytes = await links.name(peer, publisher, name, { signal })
      if (bytes === undefined) return
      const record = await openRecord(bytes)
      if (record.publisher !== publisher || record.name !== name) {
        throw new HitherError('bad-record', 'a peer answered with the record of another name')
      }
      await names.put(record)
    } catch (error) {
      // One peer's old, forked or broken record must not keep the others' from being heard.
      log.warn({ peer, name: `${publisher}/${name}`, err: error }, 'a peer gave no usable record')
    }
  }

  async function refresh(publisher: PublisherId, name: string, { signal }: Options = {}): Promise<void> {
    asked.set(`${publisher}/${name}`, now())
    const bound = within(NAME_QUERY_MS, signal)
    const peers = nearest(links, NAME_QUERY_PEERS)
    await Promise.all(peers.map(({ peer }) => ask(peer, publisher, name, bound)))
  }

  /** One's own names, and names asked for a moment ago, are answered at once; the others are asked for first. */
  async function newest(publisher: PublisherId, name: string, options: Options): Promise<NameRecord | undefined> {
    const known = names.get(publisher, name)
    const since = asked.get(`${publisher}/${name}`)
    if (known !== undefined && (publisher === self || since !== undefined)) {
      if (since === undefined || now() - since > NAME_REFRESH_MS) void refresh(publisher, name)
      return known
    }
    await waitForLinks(links, () => links.list()[0], joining.leftMs(), options)
    await refresh(publisher, name, options)
    options.signal?.throwIfAborted()
    return names.get(publisher, name)
  }

  return {
    refresh,
    async resolve(target, options = {}) {
      const parsed = parseTarget(target, self, aliases)
      if ('cid' in parsed) {
        const publisher = names.vouches(parsed.cid)?.publisher
        return { cid: parsed.cid, ...(publisher !== undefined && { publisher }) }
      }
      const { publisher, name } = parsed
      const found = await newest(publisher, name, options)
      if (found === undefined) throw unknownName(target, publisher === self, links.list().length)
      if (found.cid === null) {
        throw new HitherError('unknown-name', `"${target}" was removed by its publisher`, {
          why: `record ${found.sequence}: ${found.message || 'no message'}`,
        })
      }
      return { cid: found.cid, publisher, name: `${publisher}/${name}` }
    },
  }
}

function unknownName(target: string, own: boolean, peers: number): HitherError {
  return new HitherError('unknown-name', `there is no function "${target}"`, {
    why: `it is not known here, and ${peers === 0 ? 'no other peer is connected' : `${peers} connected peers do not know it`}`,
    fix: own
      ? `deploy it with: fn deploy ENTRY --name ${target}   or name its publisher: PUBLISHER/${target}`
      : 'check the spelling, or connect to a peer that knows it with --bootstrap',
  })
}
