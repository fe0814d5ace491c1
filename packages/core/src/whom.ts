import { LABEL_PATTERN } from './call.ts'
import { HitherError } from './errors.ts'
import { TIERS, type Tier } from './jail.ts'
import { keyOfPeer, peerOfKey, type PeerId, type PublisherId } from './keys.ts'
import { parsePublisher } from './target.ts'

/**
 * Whom a caller means: one peer; or those with a label, with a jail of a tier, or whose machine is a publisher's. As peers are
 * avoided, a tier is that one and all weaker ones; else that one and all harder ones.
 */
export type Whom = PeerId | { label: string } | { tier: Tier } | { publisher: PublisherId }

/**
 * Reads a peer id, `label:gpu`, `tier:filtered` or `publisher:KEY`, by petname too. Throws `usage`, also for what can be no peer's id:
 * mistyped, it would mean nobody, and to avoid nobody is to be sent anywhere. Throws `unknown-name`.
 */
export function parseWhom(text: string, aliases: ReadonlyMap<string, PublisherId>): Whom {
  const colon = text.indexOf(':')
  if (colon < 0 && isPeerId(text)) return text
  const [kind, what] = [text.slice(0, colon), text.slice(colon + 1)]
  const tier = TIERS.find((one) => one === what)
  if (kind === 'label' && LABEL_PATTERN.test(what)) return { label: what }
  if (kind === 'tier' && tier !== undefined) return { tier }
  if (kind === 'publisher') return { publisher: parsePublisher(what, aliases) }
  throw new HitherError('usage', `"${text}" says nothing of whom is meant`, {
    why:
      colon < 0
        ? 'it is no peer id, which begins with 12D3KooW and has 52 letters and digits'
        : 'nothing is written so',
    fix: `use a peer id as fn peers shows it, label:gpu, tier:filtered (of ${TIERS.join(', ')}) or publisher:KEY`,
  })
}

/** Every peer has an Ed25519 key, which its id holds; one that is cut short or has letters that none has holds no key. */
function isPeerId(text: string): boolean {
  const key = keyOfPeer(text)
  return key !== undefined && peerOfKey(key) === text
}

/** In words that follow "a runner". */
export function sayWhom(whom: Whom): string {
  if (typeof whom === 'string') return `that is ${whom}`
  if ('label' in whom) return `with the label "${whom.label}"`
  if ('tier' in whom) return `with a jail of the tier "${whom.tier}"`
  return `of the publisher ${whom.publisher}`
}
