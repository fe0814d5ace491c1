import type { CID } from '../cid.ts'
import type { PublisherId } from '../keys.ts'
import type { NameRecord } from '../name.ts'

/**
 * Signed records of names: the newest of each, and the history that came by. Reading is in memory and instant. A name is kept, or only
 * heard: then it is used like any other, as long as there is room for it in memory.
 */
export interface Names {
  /** The record with the highest sequence; a removal has `cid: null`. */
  get(publisher: PublisherId, name: string): NameRecord | undefined
  /** All records of one name that are known, newest first. */
  history(publisher: PublisherId, name: string): NameRecord[]
  /** The highest sequence ever seen of a name, even where that record has since been damaged; 0 for none. */
  highest(publisher: PublisherId, name: string): number
  /** When the newest record of a name was last put, in this process or before it: ms since 1970. */
  confirmedAt(publisher: PublisherId, name: string): number | undefined
  /** What the publisher signed beside the records kept, under sequences of theirs: evidence, never used. Newest first. */
  forks(publisher: PublisherId, name: string): NameRecord[]
  /** A record, or a fork, by its own CID. */
  byId(id: CID): NameRecord | undefined
  /**
   * Keeps a record that `openRecord` gave. `known`: it was here already. Either way the name is confirmed, and once it resolves
   * the record survives a power cut.
   * Throws `stale-record` for a sequence below the highest seen, `forked-record` for the same one with other content.
   */
  put(record: NameRecord): Promise<'stored' | 'known'>
  /**
   * Takes in a record of a name that somebody else asked for, in place of what was heard of it before. Where the name is kept, as `put`.
   * Throws `stale-record`, `forked-record`.
   */
  hear(record: NameRecord): Promise<void>
  /** Whether a name is kept. */
  keeps(publisher: PublisherId, name: string): boolean
  /**
   * Keeps an older record, where one that is here names it as the record that it replaces. False: it does not, or there is no
   * room for more history. Throws `forked-record`.
   */
  fill(record: NameRecord): Promise<boolean>
  /**
   * A record, past or present, in which a publisher says that this function is theirs. A name that was removed vouches for
   * nothing, until it points somewhere again.
   */
  vouches(cid: CID, publisher?: PublisherId): NameRecord | undefined
  /** The removal of a name that once pointed at this function. */
  removal(cid: CID, publisher?: PublisherId): NameRecord | undefined
  /** The newest record of every name that is kept, removed ones included, by publisher and name. */
  list(publisher?: PublisherId): NameRecord[]
  /** Whether of one of their names a record was here that is newer than all that can still be read. */
  missesNewest(publisher: PublisherId): boolean
  /** Takes in what other processes have put since: a daemon and a short-lived command share one home. */
  refresh(): Promise<void>
}

/** How far a name's newest record here can be relied on. */
export interface Standing {
  sequence: number
  /** How long ago a peer, or a deploy here, last said that this is the newest record, in ms. */
  confirmedAgoMs: number
  /** Peers were asked and none confirmed it, or there was none to ask: it is the last one known here. */
  unconfirmed: boolean
  /** Its publisher signed another one with the same sequence, and nobody but they can say which is meant. */
  forked: boolean
}
