import {
  HitherError,
  openRecord,
  within,
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
import { NAMES_MAX, NAME_QUERY_MS, NAME_QUERY_PEERS, NAME_QUERY_ROUND_TRIPS, NAME_REFRESH_MS } from './limits/names.ts'
import { nearest, roundTripMs, waitForLinks, type Joining } from './network.ts'
import { faultOf } from './peer-fault.ts'

/** The newest records of names: what is here, and what peers say. */
export interface NameQuery {
  /**
   * One's own names, and names asked for a moment ago, are answered at once, unless `fresh`; for the others the nearest peers
   * are asked first. Where none answers, it is the last record known here. What peers say is kept, unless `keep` is false: then it is
   * only used, but for names of publishers that this peer follows.
   */
  newest(publisher: PublisherId, name: string, options?: NewestOptions): Heard | Promise<Heard>
  /** Asks the nearest peers for a name's newest record and keeps it. */
  refresh(publisher: PublisherId, name: string, options?: Options): Promise<void>
}

export interface NewestOptions extends Options {
  fresh?: boolean
  /** @default true */
  keep?: boolean
}

export interface Heard {
  record: NameRecord | undefined
  /** Who was asked just now, and what each said. */
  said: readonly Said[]
  /** Nobody confirmed the record when peers were last asked, or would have been. */
  unconfirmed: boolean
}

/** What one peer answered: `known` says that its record is here now. */
export interface Said {
  peer: PeerId
  what: 'known' | 'unknown' | ErrorCode
}

export interface NameQueryComponents {
  self: PublisherId
  names: Names
  links: Links
  joining: Joining
  /** Whether the names of a publisher are kept whoever asks for them; one's own always are. */
  follows(publisher: PublisherId): boolean
  now: Clock
  /** Ms since 1970. */
  wallClock: Clock
  log: Logger
}

const NOTHING_SAID: readonly Said[] = []

/** When peers were last asked for a name; by the wall clock too, once all have answered. */
interface Asked {
  at: number
  wallAt?: number
}

export function nameQuery({ self, names, links, joining, now, wallClock, log, ...on }: NameQueryComponents): NameQuery {
  /** Announcements keep names current between questions. */
  const asked = new LRUCache<string, Asked>({ max: NAMES_MAX })

  async function askOne(peer: PeerId, publisher: PublisherId, name: string, options: NewestOptions): Promise<Said> {
    using ends = within(NAME_QUERY_MS + NAME_QUERY_ROUND_TRIPS * roundTripMs(links, peer), options.signal)
    try {
      const bytes = await links.name(peer, publisher, name, { signal: ends.signal })
      if (bytes === undefined) return { peer, what: 'unknown' }
      const record = await openRecord(bytes)
      if (record.publisher !== publisher || record.name !== name) {
        throw new HitherError('bad-record', 'a peer answered with the record of another name')
      }
      const keep = options.keep !== false || publisher === self || on.follows(publisher)
      await (keep ? names.put(record) : names.hear(record))
      return { peer, what: 'known' }
    } catch (error) {
      // One peer's old, forked or broken record must not keep the others' from being heard.
      const fault = faultOf(error)
      log.debug({ peer, name: `${publisher}/${name}`, ...fault }, 'a peer gave no usable record')
      return { peer, what: fault.code }
    }
  }

  async function ask(peers: Link[], publisher: PublisherId, name: string, options: NewestOptions): Promise<Said[]> {
    const key = `${publisher}/${name}`
    const [at, wallAt] = [now(), wallClock()]
    asked.set(key, { ...asked.get(key), at })
    const said = await Promise.all(peers.map(({ peer }) => askOne(peer, publisher, name, options)))
    asked.set(key, { at, wallAt })
    return said
  }

  async function refresh(publisher: PublisherId, name: string, options: NewestOptions = {}): Promise<void> {
    await ask(nearest(links, NAME_QUERY_PEERS), publisher, name, options)
  }

  /** Asks who is linked now; where they do not know it, in the first moments online, whoever is linked next. */
  async function search(publisher: PublisherId, name: string, options: NewestOptions): Promise<Said[]> {
    const said: Said[] = []
    for (;;) {
      const heard = new Set(said.map(({ peer }) => peer))
      const others = (): Link[] | undefined => {
        const found = nearest(links, NAME_QUERY_PEERS).filter(({ peer }) => !heard.has(peer))
        return found.length > 0 ? found : undefined
      }
      const peers = await waitForLinks(links, others, joining, options)
      if (peers === undefined) return said
      said.push(...(await ask(peers, publisher, name, options)))
      options.signal?.throwIfAborted()
      if (names.get(publisher, name) !== undefined) return said
    }
  }

  /** Its signature was checked when it was heard. Where there is no room for it, it stays what it is. */
  async function keepHeard(record: NameRecord): Promise<void> {
    try {
      await names.put(record)
    } catch (error) {
      log.debug(
        { name: `${record.publisher}/${record.name}`, ...faultOf(error) },
        'a name that was heard of is not kept',
      )
    }
  }

  /** One's own word needs nobody to confirm it. */
  function verdict(publisher: PublisherId, name: string, said: readonly Said[], askedAt: number | undefined): Heard {
    const confirmedAt = names.confirmedAt(publisher, name) ?? 0
    const unconfirmed = publisher !== self && askedAt !== undefined && confirmedAt < askedAt
    return { record: names.get(publisher, name), said, unconfirmed }
  }

  return {
    refresh,
    newest(publisher, name, options = {}) {
      const since = asked.get(`${publisher}/${name}`)
      const { keep = true } = options
      const heard = names.get(publisher, name)
      const known = heard !== undefined
      if (heard !== undefined && keep && !names.keeps(publisher, name)) void keepHeard(heard)
      if (options.fresh !== true && known && (publisher === self || since !== undefined)) {
        const answer = verdict(publisher, name, NOTHING_SAID, since?.wallAt)
        if (since === undefined || now() - since.at > NAME_REFRESH_MS) void refresh(publisher, name, { keep })
        return answer
      }
      const askedAt = wallClock()
      return search(publisher, name, options).then((said) => verdict(publisher, name, said, askedAt))
    },
  }
}
