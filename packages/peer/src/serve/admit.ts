import {
  HitherError,
  type CallHeader,
  type NameRecord,
  type PeerId,
  type Profile,
  type PublisherId,
  type Share,
} from '@hither/core'
import type { Admission } from '../admission.ts'
import { callerNotAdmitted, movedJail, notVouchedFor, publisherNotAdmitted } from '../rules/refusals.ts'
import type { Vouchers } from './vouchers.ts'

export interface AdmitComponents {
  admission: Admission
  vouchers: Vouchers
}

/**
 * Whose function a call is for, where its publisher is admitted; undefined where nobody vouches for it and anyone is admitted.
 * Whoever may not call, or claims a publisher that is not admitted, is not even asked for proof. Throws `not-admitted`, or
 * `unknown-function` for what its publisher removed.
 */
export function admit(
  on: AdmitComponents,
  from: PeerId,
  header: CallHeader,
  signal: AbortSignal,
): PublisherId | undefined | Promise<PublisherId | undefined> {
  const { admission, vouchers } = on
  const { cid, publisher: claimed } = header
  callsOf(admission, from)
  const known = vouchers.known(cid, claimed) ?? vouchers.known(cid)
  return known !== undefined && admission.admits(known) ? known : askForProof(on, from, header, known, signal)
}

async function askForProof(
  { admission, vouchers }: AdmitComponents,
  from: PeerId,
  { cid, publisher: claimed }: CallHeader,
  known: PublisherId | undefined,
  signal: AbortSignal,
): Promise<PublisherId | undefined> {
  const shown =
    claimed !== undefined && admission.admits(claimed) ? await vouchers.ask(cid, claimed, from, signal) : undefined
  const publisher = shown ?? known
  if (admission.admits(publisher)) return publisher
  const removal = publisher === undefined ? vouchers.removal(cid, claimed) : undefined
  if (removal !== undefined && admission.admits(removal.publisher)) throw removed(removal)
  if (publisher === undefined && claimed !== undefined && admission.admits(claimed)) throw notVouchedFor(claimed)
  const denied = publisher ?? claimed
  throw publisherNotAdmitted(denied, admission.run(denied).by)
}

/** A call that was admitted, as far as rules concern it. */
export interface Admitted {
  publisher: PublisherId | undefined
  from: PeerId
  profile: Profile
}

/** What publisher and caller may have by the rules as they are now. Throws `not-admitted`, or `busy` for one to be sent again. */
export function shareOf(admission: Admission, { publisher, from, profile }: Admitted): Share {
  const calls = callsOf(admission, from)
  const verdict = admission.run(publisher)
  if (!verdict.admitted) throw publisherNotAdmitted(publisher, verdict.by)
  if (verdict.profile !== profile) throw movedJail()
  return calls === undefined ? verdict.share : { ...verdict.share, callerCalls: calls }
}

/** How many calls at once this peer may have, where the owner set a bound. Throws `not-admitted`. */
function callsOf(admission: Admission, from: PeerId): number | undefined {
  const verdict = admission.call(from)
  if (!verdict.admitted) throw callerNotAdmitted(from, verdict.by)
  return verdict.calls
}

/** Not `not-admitted`: callers would take that for a word on all functions of the publisher. */
function removed({ publisher, name, sequence, message }: NameRecord): HitherError {
  return new HitherError('unknown-function', 'the function was removed by its publisher', {
    why: `record ${sequence} of ${publisher}/${name}: ${message || 'no message'}`,
    fix: `its publisher can bring it back with: fn rollback ${name}`,
  })
}
