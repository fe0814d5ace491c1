import { parseCid, type CID } from './cid.ts'
import { HitherError } from './errors.ts'
import { isPublisherId, type PublisherId } from './keys.ts'
import { checkName } from './name.ts'

/** What a user calls: a function by its CID, or a name of some publisher. */
export type Target = { cid: CID } | { publisher: PublisherId; name: string }

/**
 * Reads `name`, `petname/name`, `publisher/name` or a CID. Throws `bad-name`, or `unknown-name` for a petname that
 * `aliases` does not hold.
 */
export function parseTarget(text: string, self: PublisherId, aliases: ReadonlyMap<string, PublisherId>): Target {
  const slash = text.indexOf('/')
  if (slash < 0)
    return /^b[a-z2-7]{50,}$/.test(text) ? { cid: parseCid(text) } : { publisher: self, name: checkName(text) }
  const owner = text.slice(0, slash)
  return { publisher: parsePublisher(owner, aliases), name: checkName(text.slice(slash + 1)) }
}

/** A publisher by petname or key. */
export function parsePublisher(text: string, aliases: ReadonlyMap<string, PublisherId>): PublisherId {
  const known = aliases.get(text)
  if (known !== undefined) return known
  if (isPublisherId(text)) return text
  throw new HitherError('unknown-name', `no publisher is known as "${text}"`, {
    why: 'it is neither a key nor an alias on this machine',
    fix: `ask them for the key that \`fn id\` prints, then: fn alias add ${text || 'NAME'} KEY`,
  })
}
