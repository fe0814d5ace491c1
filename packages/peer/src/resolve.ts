import {
  HitherError,
  openRecord,
  parseTarget,
  toHitherError,
  type CID,
  type Clock,
  type ErrorCode,
  type Link,
  type Links,
  type NameRecord,
  type Names,
  type Options,
  type PeerId,
  type PublisherId,
} from '@hither/core'
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import { NAMES_MAX, NAME_QUERY_MS, NAME_QUERY_PEERS, NAME_QUERY_ROUND_TRIPS, NAME_REFRESH_MS } from './limits.ts'
import { nearest, roundTripMs, waitForLinks, within, type Joining } from './network.ts'

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

/** What one peer answered: `known` says that its record is here now. */
interface Said {
  peer: PeerId
  what: 'known' | 'unknown' | ErrorCode
}

export function resolver({ self, aliases, names, links, joining, now, log }: ResolverComponents): Resolver {
  /** When each name was last asked of the network; announcements keep it current in between. */
  const asked = new LRUCache<string, number>({ max: NAMES_MAX })

  async function askOne(peer: PeerId, publisher: PublisherId, name: string, options: Options): Promise<Said> {
    const limitMs = NAME_QUERY_MS + NAME_QUERY_ROUND_TRIPS * roundTripMs(links, peer)
    try {
      const bytes = await links.name(peer, publisher, name, { signal: within(limitMs, options.signal) })
      if (bytes === undefined) return { peer, what: 'unknown' }
      const record = await openRecord(bytes)
      if (record.publisher !== publisher || record.name !== name) {
        throw new HitherError('bad-record', 'a peer answered with the record of another name')
      }
      await names.put(record)
      return { peer, what: 'known' }
    } catch (error) {
      // One peer's old, forked or broken record must not keep the others' from being heard.
      log.warn({ peer, name: `${publisher}/${name}`, err: error }, 'a peer gave no usable record')
      return { peer, what: toHitherError(error).code }
    }
  }

  function ask(peers: Link[], publisher: PublisherId, name: string, options: Options): Promise<Said[]> {
    asked.set(`${publisher}/${name}`, now())
    return Promise.all(peers.map(({ peer }) => askOne(peer, publisher, name, options)))
  }

  async function refresh(publisher: PublisherId, name: string, options: Options = {}): Promise<void> {
    await ask(nearest(links, NAME_QUERY_PEERS), publisher, name, options)
  }

  /** Asks who is linked now; where they do not know it, in the first moments online, whoever is linked next. */
  async function search(publisher: PublisherId, name: string, options: Options): Promise<Said[]> {
    const said: Said[] = []
    for (;;) {
      const heard = new Set(said.map(({ peer }) => peer))
      const others = (): Link[] | undefined => {
        const found = nearest(links, NAME_QUERY_PEERS).filter(({ peer }) => !heard.has(peer))
        return found.length > 0 ? found : undefined
      }
      const peers = await waitForLinks(links, others, joining.leftMs(), options)
      if (peers === undefined) return said
      said.push(...(await ask(peers, publisher, name, options)))
      options.signal?.throwIfAborted()
      if (names.get(publisher, name) !== undefined) return said
    }
  }

  /** One's own names, and names asked for a moment ago, are answered at once; the others are asked for first. */
  async function newest(publisher: PublisherId, name: string, options: Options): Promise<NameRecord | Said[]> {
    const known = names.get(publisher, name)
    const since = asked.get(`${publisher}/${name}`)
    if (known !== undefined && (publisher === self || since !== undefined)) {
      if (since === undefined || now() - since > NAME_REFRESH_MS) void refresh(publisher, name)
      return known
    }
    const said = await search(publisher, name, options)
    return names.get(publisher, name) ?? said
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
      if (Array.isArray(found)) throw unknownName(target, publisher === self, found)
      if (found.cid === null) {
        throw new HitherError('unknown-name', `"${target}" was removed by its publisher`, {
          why: `record ${found.sequence}: ${found.message || 'no message'}`,
        })
      }
      return { cid: found.cid, publisher, name: `${publisher}/${name}` }
    },
  }
}

function unknownName(target: string, own: boolean, said: Said[]): HitherError {
  const others = said.length === 0 ? ['no other peer is connected'] : said.map(({ peer, what }) => `${peer}: ${what}`)
  return new HitherError('unknown-name', `there is no function "${target}"`, {
    why: ['it is not known here', ...others].join('\n'),
    fix: own
      ? `deploy it with: fn deploy ENTRY --name ${target}   or name its publisher: PUBLISHER/${target}`
      : 'check the spelling, or connect to a peer that knows it with --bootstrap',
    data: { asked: said },
  })
}
