import { isTierAtLeast, type Whom } from '@hither/core'
import type { PeerRecord } from './peer-record.ts'

/** Is it one of those whom the caller wants? What it did not say, or prove, does not count. */
export function isMeant(record: PeerRecord, whom: Whom): boolean {
  const state = record.word?.state
  if (typeof whom === 'string') return record.peer === whom
  if ('label' in whom) return state?.labels?.includes(whom.label) === true
  if ('publisher' in whom) return record.owner === whom.publisher
  return state !== undefined && isTierAtLeast(state.tier, whom.tier)
}

/** Is it one of those whom the caller does not want? Whose machine nobody has proven may be theirs. */
export function isAvoided(record: PeerRecord, whom: Whom): boolean {
  if (typeof whom === 'object' && 'publisher' in whom)
    return record.owner === undefined || record.owner === whom.publisher
  if (typeof whom === 'string' || !('tier' in whom)) return isMeant(record, whom)
  const state = record.word?.state
  return state !== undefined && isTierAtLeast(whom.tier, state.tier)
}
