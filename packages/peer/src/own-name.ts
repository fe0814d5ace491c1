import { HitherError, parseTarget, type PublisherId, type Signer } from '@hither/core'

export interface OwnNames {
  signer: Signer
  aliases: { byName: ReadonlyMap<string, PublisherId> }
}

/**
 * One's own name, written `name`, or `petname/name` or `publisher/name` where that is oneself. Throws `usage` for what is
 * somebody else's or a CID, `bad-name`, `unknown-name`.
 */
export function ownName(
  text: string,
  deed: 'deploy' | 'roll back' | 'remove' | 'keep secrets of',
  { signer, aliases }: OwnNames,
): string {
  const self = signer.publisher
  const target = parseTarget(text, self, aliases.byName)
  if ('cid' in target) {
    throw new HitherError('usage', `"${text}" is a CID, not a name`, {
      why: 'a CID stands for one function for ever; only a name can be moved',
    })
  }
  if (target.publisher === self) return target.name
  throw new HitherError('usage', `"${text}" is not yours to ${deed}: only its publisher can`, {
    why: `its publisher is ${target.publisher}, and your key is ${self}`,
  })
}

export function neverDeployed(name: string): HitherError {
  return new HitherError('unknown-name', `"${name}" was never deployed with your key, as far as is known here`, {
    fix: 'fn list   shows the names that are known',
  })
}
