import { USUAL_WEIGHT, type PeerId, type Profile, type PublisherId, type Share } from '@hither/core'
import { STRANGER_CAPS } from '../limits/owners.ts'
import { ANYONE, isNetwork, ruleFor, type Rules, type RunCaps, type Who } from './rules.ts'

/** Who asks, and by whose rules. */
export interface Standing {
  rules: Rules
  /** The owner's own publisher and peer. */
  self: { publisher: PublisherId; peer: PeerId }
  /** The tag of the closed network that this peer is in. */
  network?: string
}

/** What the rules say of a publisher, and which of them. */
export type RunVerdict =
  | { admitted: true; by: Who; profile: Profile; share: Share }
  | { admitted: false; by: Who | undefined }

export type CallVerdict = { admitted: true; by: Who | undefined; calls?: number } | { admitted: false; by: Who }

/** May code of this publisher run? Undefined stands for code that nobody vouches for. */
export function mayRun({ rules, self, network }: Standing, publisher: PublisherId | undefined): RunVerdict {
  const own = publisher !== undefined && publisher === self.publisher
  const found = own
    ? { by: self.publisher, rule: rules.run.get(self.publisher) ?? {} }
    : ruleFor(rules.run, publisher, network)
  if (found === undefined || found.rule === 'deny') return { admitted: false, by: found?.by }
  const { profile, ...caps } = filled(found.by, found.rule)
  return { admitted: true, by: found.by, profile, share: { group: found.by, ...caps } }
}

/** A rule with what holds where it says nothing. */
export function filled(by: Who, caps: RunCaps): RunCaps & Pick<Share, 'weight'> & { profile: Profile } {
  if (by !== ANYONE && !isNetwork(by)) return { profile: 'trusted', weight: USUAL_WEIGHT, ...caps }
  // Keys cost nothing: those who come unnamed are one group, however many they are.
  return { profile: 'strangers', weight: USUAL_WEIGHT, ...STRANGER_CAPS, ...caps }
}

/** May this peer call? The owner always may. */
export function mayCall({ rules, self, network }: Standing, peer: PeerId): CallVerdict {
  if (peer === self.peer) return { admitted: true, by: undefined }
  const found = ruleFor(rules.call, peer, network)
  if (found === undefined) return { admitted: true, by: undefined }
  const { by, rule } = found
  return rule === 'deny' ? { admitted: false, by } : { admitted: true, by, ...rule }
}
