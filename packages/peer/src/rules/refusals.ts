import { HitherError, type PeerId, type PublisherId } from '@hither/core'
import { ANYONE, type Who } from './rules.ts'

/** What a runner says no with where its owner's rules are against it; `by` is the rule. */

export function publisherNotAdmitted(publisher: PublisherId | undefined, by: Who | undefined): HitherError {
  return new HitherError('not-admitted', `this runner does not run code of ${publisher ?? 'unknown publishers'}`, {
    why: by === undefined ? 'its owner has not trusted that publisher' : `its owner has denied that to ${by}`,
    fix: `its owner can allow it with: fn trust add ${publisher ?? 'KEY'}`,
    data: { rule: by ?? 'none' },
  })
}

/** The publisher is admitted, and yet nobody knows that the function is its own. */
export function notVouchedFor(publisher: PublisherId): HitherError {
  return new HitherError('not-admitted', `this runner does not run code of unknown publishers`, {
    why: `nobody showed a record by which ${publisher} vouches for the function`,
    fix: 'deploy it under a name of that publisher',
    data: { rule: 'none' },
  })
}

/** It was made ready for a jail that its publisher's code does not run in any more. */
export function movedJail(): HitherError {
  return new HitherError('busy', 'the rules for this publisher changed while the call waited', {
    fix: 'call again',
    data: { retryAfterMs: 0 },
  })
}

export function callerNotAdmitted(peer: PeerId, by: Who): HitherError {
  return new HitherError('not-admitted', `this runner takes no calls of ${peer}`, {
    why: by === ANYONE ? 'its owner has denied them to all that are not named' : `its owner has denied them to ${by}`,
    fix: `its owner can allow them with: fn trust allow ${peer}`,
    data: { rule: by },
  })
}
