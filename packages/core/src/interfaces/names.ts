import type { CID } from '../cid.ts'
import type { PublisherId } from '../keys.ts'
import type { NameRecord } from '../name.ts'

/** Signed records of names: the newest of each, and the history that came by. Reading is in memory and instant. */
export interface Names {
  /** The record with the highest sequence; a removal has `cid: null`. */
  get(publisher: PublisherId, name: string): NameRecord | undefined
  /** All records of one name that are known, newest first. */
  history(publisher: PublisherId, name: string): NameRecord[]
  /**
   * Keeps a record that `openRecord` gave. `known`: it was here already. Once it resolves it survives a power cut.
   * Throws `stale-record` for a sequence below the highest seen, `forked-record` for the same one with other content.
   */
  put(record: NameRecord): Promise<'stored' | 'known'>
  /** A record, past or present, in which a publisher says that this function is theirs. */
  vouches(cid: CID, publisher?: PublisherId): NameRecord | undefined
  /** The newest record of every name, removed ones included, by publisher and name. */
  list(publisher?: PublisherId): NameRecord[]
  /** Takes in what other processes have put since: a daemon and a short-lived command share one home. */
  refresh(): Promise<void>
}
