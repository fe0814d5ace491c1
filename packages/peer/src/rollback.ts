import {
  checkMessage,
  HitherError,
  parseCid,
  toHitherError,
  type CID,
  type Clock,
  type DeployProgress,
  type NameRecord,
  type Options,
} from '@hither/core'
import type { RolledBack, RollbackParams } from './names-api.ts'
import { completeHistory, type HistoryComponents } from './history.ts'
import { LOG_RECORDS_MAX } from './limits/names.ts'
import type { Move } from './move-name.ts'
import { neverDeployed, ownName } from './own-name.ts'
import { blocksOf, namedOrLetGo } from './pins.ts'
import { publish, type PublishComponents } from './publish.ts'

/** A record that points somewhere. */
type Version = NameRecord & { cid: CID }

export interface RollbackComponents extends PublishComponents, HistoryComponents {
  now: Clock
}

/**
 * Moves a name back to an earlier function, by a new record: history is never rewritten. Before it is signed, the function is
 * here again, whole and pinned.
 */
export async function rollback(
  on: RollbackComponents,
  params: RollbackParams,
  options: Options<DeployProgress> = {},
): Promise<RolledBack> {
  const startedAt = on.now()
  const name = ownName(params.name, 'roll back', on)
  const given = params.message === undefined ? undefined : checkMessage(params.message)

  const { publisher } = on.signer
  let back: CID | undefined
  const decide = async (current: NameRecord | undefined): Promise<Move & { to: Version }> => {
    if (current === undefined) throw neverDeployed(name)
    const records = await completeHistory(on, publisher, name, LOG_RECORDS_MAX, options)
    const to = params.to === undefined ? versionBefore(records, current) : versionNamed(records, current, params.to)
    back = to.cid
    await bringBack(on, to, options)
    return { to, cid: to.cid, message: given ?? `back to record ${to.sequence}` }
  }
  const pinned = (): CID[] | Promise<CID[]> => (back === undefined ? [] : blocksOf(on, back))
  const { record, move, keptBy, notTaken } = await namedOrLetGo(on, publisher, pinned, () =>
    publish(on, name, decide, options),
  )
  return {
    name: `${record.publisher}/${name}`,
    cid: move.to.cid.toString(),
    sequence: record.sequence,
    backTo: move.to.sequence,
    message: record.message,
    keptBy,
    notKeptBy: notTaken,
    ms: on.now() - startedAt,
  }
}

/**
 * Versions in the order in which they first appeared: so a second rollback goes on to the one before, and never returns to what
 * the first one left. A removed name comes back as it was.
 */
function versionBefore(records: NameRecord[], { cid, name }: NameRecord): Version {
  const first = cid === null ? -1 : records.findLastIndex((record) => record.cid?.equals(cid))
  const before = records.slice(first + 1).find(isVersion)
  if (before !== undefined) return before
  throw new HitherError('usage', `nothing is known of "${name}" before what it points at now`, { fix: seeLog(name) })
}

function versionNamed(records: NameRecord[], current: NameRecord, to: string): Version {
  const { name } = current
  const found = /^\d+$/.test(to) ? bySequence(records, Number(to)) : byFunction(records, parseCid(to))
  if (found === undefined) {
    throw new HitherError('usage', `"${name}" never was at ${to}, as far as is known here`, { fix: seeLog(name) })
  }
  if (!isVersion(found)) {
    throw new HitherError('usage', `record ${to} of "${name}" is a removal, which points nowhere`, {
      fix: `choose another record, or remove the name with: fn remove ${name}`,
    })
  }
  if (current.cid?.equals(found.cid)) {
    throw new HitherError('usage', `"${name}" points at that function already`, {
      why: `record ${current.sequence} is the newest`,
    })
  }
  return found
}

function bySequence(records: NameRecord[], sequence: number): NameRecord | undefined {
  return records.find((record) => record.sequence === sequence)
}

function byFunction(records: NameRecord[], cid: CID): NameRecord | undefined {
  return records.find((record) => record.cid?.equals(cid))
}

function isVersion(record: NameRecord): record is Version {
  return record.cid !== null
}

/** Throws `unknown-function` where its blocks are lost; then nothing is signed. */
async function bringBack({ functions }: PublishComponents, to: Version, options: Options): Promise<void> {
  try {
    await functions.keep(to.cid, { ...options, pin: true })
  } catch (thrown) {
    const error = toHitherError(thrown)
    if (error.code !== 'unknown-function') throw error
    throw new HitherError('unknown-function', `the function of record ${to.sequence} is not to be had any more`, {
      why: [error.message, ...(error.why === undefined ? [] : [error.why])].join('\n'),
      fix: 'connect to a peer that has it with --bootstrap, or deploy it again from its source',
      cause: error,
    })
  }
}

function seeLog(name: string): string {
  return `fn log ${name}   shows its history`
}
