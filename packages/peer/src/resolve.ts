import {
  HitherError,
  parseTarget,
  type CID,
  type Clock,
  type NameRecord,
  type Options,
  type PublisherId,
  type Standing,
} from '@hither/core'
import { LRUCache } from 'lru-cache'
import { NAMES_MAX } from './limits/names.ts'
import {
  nameQuery,
  type Heard,
  type NameQuery,
  type NameQueryComponents,
  type NewestOptions,
  type Said,
} from './name-query.ts'
import { standing } from './standing.ts'

export interface Resolved {
  cid: CID
  publisher?: PublisherId
  /** `publisher/name`, where it was a name. */
  name?: string
  /** How far the record behind the name can be relied on. */
  record?: Standing
}

/** From what a user calls to the function behind it. */
export interface Resolver {
  /** At once where it is known. What peers say of its name is kept, unless `keep` is false. Throws `bad-name`, `unknown-name`. */
  resolve(target: string, options?: Pick<NewestOptions, 'keep' | 'signal'>): Resolved | Promise<Resolved>
  /** A name's newest record, which may be a removal, after a question to peers. Throws `bad-name`, `unknown-name`. */
  record(target: string, options?: Options): Promise<{ record: NameRecord; standing: Standing }>
  refresh: NameQuery['refresh']
}

type Newest = { record: NameRecord; standing: Standing }

interface FullName {
  publisher: PublisherId
  name: string
}

export interface ResolverComponents extends Omit<NameQueryComponents, 'follows' | 'wallClock'> {
  aliases: ReadonlyMap<string, PublisherId>
  /** Whether the names of a publisher are kept whoever asks for them. @default only one's own */
  follows?: NameQueryComponents['follows']
  /** Ms since 1970. @default Date.now */
  wallClock?: Clock
}

export function resolver({
  aliases,
  follows = () => false,
  wallClock = Date.now,
  ...components
}: ResolverComponents): Resolver {
  const { self, names, log } = components
  const query = nameQuery({ ...components, follows, wallClock })
  /** Forks that were warned of: once is enough, though the name may be called all day. */
  const warned = new LRUCache<string, true>({ max: NAMES_MAX })

  /** At once where it is known. */
  function newest(target: string, { publisher, name }: FullName, options: NewestOptions): Newest | Promise<Newest> {
    const heard = query.newest(publisher, name, options)
    return heard instanceof Promise
      ? heard.then((later) => newestOf(target, publisher, later))
      : newestOf(target, publisher, heard)
  }

  function newestOf(target: string, publisher: PublisherId, { record, said, unconfirmed }: Heard): Newest {
    if (record === undefined) throw unknownName(target, publisher === self, said)
    const known = { ...standing(names, record, wallClock()), unconfirmed }
    if (known.forked) warnOnce(record)
    return { record, standing: known }
  }

  function warnOnce({ publisher, name, sequence, id }: NameRecord): void {
    if (warned.has(id.toString())) return
    warned.set(id.toString(), true)
    log.warn({ name: `${publisher}/${name}`, sequence }, 'the publisher signed two records with this sequence')
  }

  return {
    refresh: (publisher, name, options) => query.refresh(publisher, name, options),
    async record(target, options = {}) {
      const parsed = parseTarget(target, self, aliases)
      if ('cid' in parsed) throw new HitherError('bad-name', `"${target}" is a CID, not a name`)
      return newest(target, parsed, { ...options, fresh: true })
    },
    resolve(target, options = {}) {
      const parsed = parseTarget(target, self, aliases)
      if ('cid' in parsed) {
        const publisher = names.vouches(parsed.cid)?.publisher
        return { cid: parsed.cid, ...(publisher !== undefined && { publisher }) }
      }
      const found = newest(target, parsed, options)
      return found instanceof Promise
        ? found.then((later) => functionOf(target, parsed, later))
        : functionOf(target, parsed, found)
    },
  }

  function functionOf(target: string, { publisher, name }: FullName, { record, standing: known }: Newest): Resolved {
    const { cid, sequence, message } = record
    if (cid === null) {
      throw new HitherError('unknown-name', `"${target}" was removed by its publisher`, {
        why: `record ${sequence}: ${message || 'no message'}`,
        ...(publisher === self && { fix: `bring it back with: fn rollback ${name}` }),
      })
    }
    return { cid, publisher, name: `${publisher}/${name}`, record: known }
  }
}

function unknownName(target: string, own: boolean, said: readonly Said[]): HitherError {
  const others = said.length === 0 ? ['no other peer is connected'] : said.map(({ peer, what }) => `${peer}: ${what}`)
  return new HitherError('unknown-name', `there is no function "${target}"`, {
    why: ['it is not known here', ...others].join('\n'),
    fix: own
      ? `deploy it with: fn deploy ENTRY --name ${target}   or name its publisher: PUBLISHER/${target}`
      : 'check the spelling, or connect to a peer that knows it with --bootstrap',
    data: { asked: said },
  })
}
