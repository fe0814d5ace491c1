import type { ErrorCode, PeerId, Standing } from '@hither/core'

/** What the methods of `PeerApi` take and give that are about names. */

/** A peer that did not take a record, and why. */
export interface NotTaken {
  peer: PeerId
  code: ErrorCode
  message: string
}

export interface LogParams {
  /** `name`, `petname/name` or `publisher/name`. */
  name: string
  /** How many records, the newest first. @default 50 */
  limit?: number
}

export interface NameLog {
  /** `publisher/name`. */
  name: string
  alias?: string
  own: boolean
  /** How far the newest record can be relied on. */
  record: Standing
  /** Newest first. */
  entries: LogEntry[]
  /** Each entry names the one after it in this list, down to the first record or to where the list ends for its length. */
  whole: boolean
  /** There are older records than those listed. */
  more: boolean
  /** What the publisher signed besides, under a sequence that another record has. Newest first. */
  forks: LoggedRecord[]
}

export interface LoggedRecord {
  sequence: number
  /** When it was signed, by the publisher's clock, ms since 1970. */
  time: number
  /** The record's own CID. */
  id: string
  /** The function; null where the record is a removal. */
  cid: string | null
  removed: boolean
  message: string
  /** The record that it replaces, by its own CID. */
  prev: string | null
}

export interface LogEntry extends LoggedRecord {
  /**
   * What its `prev` is: the `previous` entry; `nothing`; a record that is `missing`, neither here nor at the peers that were
   * asked; or one on another `branch`, which the previous entry here does not come from.
   */
  follows: 'previous' | 'nothing' | 'missing' | 'branch'
}

export interface RollbackParams {
  name: string
  /** A record's number, or a function's CID; by default the version before the one that the name points at. */
  to?: string
  message?: string
}

export interface RolledBack {
  name: string
  cid: string
  /** Of the new record. */
  sequence: number
  /** The record whose function it is again. */
  backTo: number
  message: string
  keptBy: PeerId[]
  notKeptBy: NotTaken[]
  ms: number
}

export interface RemoveParams {
  name: string
  message?: string
}

export interface Removed {
  name: string
  sequence: number
  /** False where it was removed before. */
  moved: boolean
  /** What it pointed at until now. */
  cid: string | null
  message: string
  /** Peers that know of it now. */
  toldTo: PeerId[]
  notToldTo: NotTaken[]
  ms: number
}
