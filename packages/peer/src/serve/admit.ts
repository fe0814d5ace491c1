import { HitherError, type CallHeader, type NameRecord, type PeerId, type PublisherId } from '@hither/core'
import type { Admission } from '../admission.ts'
import type { Vouchers } from './vouchers.ts'

export interface AdmitComponents {
  admission: Admission
  vouchers: Vouchers
}

/**
 * Whose function a call is for, where its publisher is admitted; undefined where nobody vouches for it and anyone is admitted.
 * Whoever claims a publisher that is not admitted is not even asked for proof. Throws `not-admitted`, or
 * `unknown-function` for what its publisher removed.
 */
export async function admit(
  { admission, vouchers }: AdmitComponents,
  from: PeerId,
  { cid, publisher: claimed }: CallHeader,
  signal: AbortSignal,
): Promise<PublisherId | undefined> {
  const known = vouchers.known(cid, claimed) ?? vouchers.known(cid)
  if (known !== undefined && admission.admits(known)) return known
  const shown =
    claimed !== undefined && admission.admits(claimed) ? await vouchers.ask(cid, claimed, from, signal) : undefined
  const publisher = shown ?? known
  if (admission.admits(publisher)) return publisher
  const removal = publisher === undefined ? vouchers.removal(cid, claimed) : undefined
  if (removal !== undefined && admission.admits(removal.publisher)) throw removed(removal)
  throw notAdmitted(publisher ?? claimed, publisher === undefined && admission.admits(claimed))
}

/** Not `not-admitted`: callers would take that for a word on all functions of the publisher. */
function removed({ publisher, name, sequence, message }: NameRecord): HitherError {
  return new HitherError('unknown-function', 'the function was removed by its publisher', {
    why: `record ${sequence} of ${publisher}/${name}: ${message || 'no message'}`,
    fix: `its publisher can bring it back with: fn rollback ${name}`,
  })
}

function notAdmitted(publisher: PublisherId | undefined, trusted: boolean): HitherError {
  return new HitherError('not-admitted', `this runner does not run code of ${publisher ?? 'unknown publishers'}`, {
    why: trusted
      ? 'nobody showed a record by which that publisher vouches for the function'
      : 'its owner has not trusted that publisher',
    fix: `its owner can allow it with: fn trust add ${publisher ?? 'KEY'}`,
  })
}
