import {
  HitherError,
  toHitherError,
  type PeerId,
  type PublisherId,
  type SecretRecords,
  type Services,
} from '@hither/core'
import { openSecrets, type SecretsRecord } from '@hither/core/secrets'
import type { Logger } from 'pino'
import type { Admission } from '../admission.ts'
import {
  SECRET_NAMES_BESIDE_STRANGERS_MAX,
  SECRET_NAMES_MAX,
  SECRET_NAMES_PER_PUBLISHER_MAX,
} from '../limits/secrets.ts'
import type { SecretSpread } from './spread.ts'

export interface TakeComponents {
  self: PeerId
  /** This peer's own publisher, whose records are for it in any case. */
  publisher: PublisherId
  admission: Pick<Admission, 'run'>
  records: SecretRecords
  spread: Pick<SecretSpread, 'tell'>
  log: Logger
}

/**
 * Takes a record of secrets that another peer gives: where it is sealed to this peer, or takes the place of one that was. Whoever
 * shows an older one, and so had it from its publisher, is told of the one that is here.
 */
export function takeSecrets(on: TakeComponents): Services['secrets'] {
  return async (from, bytes) => {
    const record = await openSecrets(bytes)
    const own = record.publisher === on.publisher
    const verdict = on.admission.run(record.publisher)
    if (!own && !verdict.admitted) throw notAdmitted(record.publisher)
    const known = kept(on, record)
    if (known?.id.equals(record.id) === true) return { kept: true }
    // Of two with one sequence neither was signed with the other in sight: their publisher is to hear of it.
    if (known !== undefined && known.sequence >= record.sequence) return { kept: false, newer: known.bytes }
    if (known === undefined && !own && !record.runners.includes(on.self)) return { kept: false }
    const stranger = !own && verdict.admitted && verdict.profile === 'strangers'
    if (known === undefined) checkRoom(on.records, record.publisher, stranger)
    await on.records.put(record)
    on.spread.tell(record, { except: from }).catch((error: unknown) => {
      on.log.debug({ code: toHitherError(error).code }, 'secrets were not passed on')
    })
    return { kept: true }
  }
}

/** A damaged one counts for nothing here: what comes now mends it. */
function kept({ records, log }: TakeComponents, { publisher, name }: SecretsRecord): SecretsRecord | undefined {
  try {
    return records.get(publisher, name)
  } catch (error) {
    log.warn({ err: error }, 'a record of secrets is damaged')
    return undefined
  }
}

/** Whoever is admitted may still not fill the disk, nor strangers take the room of those whom the owner names. */
function checkRoom(records: SecretRecords, publisher: PublisherId, stranger: boolean): void {
  const most = stranger ? SECRET_NAMES_BESIDE_STRANGERS_MAX : SECRET_NAMES_MAX
  const all = records.list()
  const theirs = all.filter((one) => one.publisher === publisher)
  if (theirs.length < SECRET_NAMES_PER_PUBLISHER_MAX && all.length < most) return
  throw new HitherError('store-full', 'this peer keeps secrets of no further names of that publisher', {
    why: `the limits are ${SECRET_NAMES_PER_PUBLISHER_MAX} for one publisher and ${most} in all`,
  })
}

function notAdmitted(publisher: PublisherId): HitherError {
  return new HitherError('not-admitted', `this peer keeps no secrets of ${publisher}`, {
    why: 'its owner has not trusted that publisher',
    fix: `its owner can allow it with: fn trust add ${publisher}`,
  })
}
