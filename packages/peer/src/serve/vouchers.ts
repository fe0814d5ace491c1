import {
  HitherError,
  openRecord,
  type CID,
  type Links,
  type NameRecord,
  type Names,
  type PeerId,
  type PublisherId,
} from '@hither/core'
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import type { Functions } from '../functions.ts'
import { VOUCHERS_MAX } from '../limits/names.ts'
import { faultOf } from '../peer-fault.ts'
import { raced } from '../raced.ts'

/** Whose a function is. A caller's word counts for nothing; a record signed by the publisher does. */
export interface Vouchers {
  /** A publisher, that one where it is given, who vouches for the function in a record that is here. */
  known(cid: CID, publisher?: PublisherId): PublisherId | undefined
  /**
   * Asks the caller for such a record, once for all calls that wait for it, and takes the function with it; undefined where it has none
   * that holds. Rejects with the signal's reason.
   */
  ask(cid: CID, publisher: PublisherId, from: PeerId, signal: AbortSignal): Promise<PublisherId | undefined>
  /** Whether a record of the publisher, here or at the caller, says that the name is or was this function. Not so of one that was removed. */
  namedBy(call: Named): Promise<boolean>
  /** The record by which a publisher, that one where it is given, removed a name of this function. */
  removal(cid: CID, publisher?: PublisherId): NameRecord | undefined
}

/** A call by name. */
interface Named {
  cid: CID
  publisher: PublisherId
  name: string
  from: PeerId
  signal: AbortSignal
}

export interface VouchersComponents {
  names: Names
  links: Links
  functions: Pick<Functions, 'take'>
  log: Logger
}

export function vouchers({ names, links, functions, log }: VouchersComponents): Vouchers {
  /** What callers showed, for functions that a name has since moved on from or that no name here points at. */
  const shown = new LRUCache<string, NameRecord>({ max: VOUCHERS_MAX })
  const key = (cid: CID, publisher: PublisherId): string => `${publisher}/${cid.toString()}`
  /** A caller may show what was true before its publisher removed the name. */
  const removed = ({ publisher, name }: NameRecord): boolean => names.get(publisher, name)?.cid === null
  /** Questions under way: of a function that is new here many calls may come at once, and what is shown comes with the function. */
  const asking = new Map<string, Promise<PublisherId | undefined>>()

  async function shownBy(from: PeerId, cid: CID, publisher: PublisherId): Promise<PublisherId | undefined> {
    try {
      const kit = await links.kit(from, cid, publisher)
      if (kit.voucher === undefined) return undefined
      const record = await openRecord(kit.voucher)
      if (record.publisher !== publisher || !record.cid?.equals(cid)) {
        throw new HitherError('bad-record', 'a caller showed a record of another publisher or function')
      }
      if (removed(record)) return undefined
      functions.take(cid, kit)
      shown.set(key(cid, publisher), record)
      return publisher
    } catch (error) {
      log.debug({ from, cid: cid.toString(), ...faultOf(error) }, 'a caller could not vouch for its function')
      return undefined
    }
  }

  return {
    known(cid, publisher) {
      const was = (): NameRecord | undefined => (publisher === undefined ? undefined : shown.get(key(cid, publisher)))
      const record = names.vouches(cid, publisher) ?? was()
      return record === undefined || removed(record) ? undefined : record.publisher
    },
    async namedBy({ cid, publisher, name, from, signal }) {
      const [newest, ...older] = names.history(publisher, name)
      if (newest?.cid === null) return false
      if ([newest, ...older].some((record) => record?.cid?.equals(cid) === true)) return true
      const id = key(cid, `${publisher}/${name}`)
      if (shown.has(id)) return true
      if (from === links.self) return false
      try {
        const bytes = await links.name(from, publisher, name, { signal })
        const record = bytes === undefined ? undefined : await openRecord(bytes)
        if (record?.publisher !== publisher || record.name !== name || record.cid?.equals(cid) !== true) return false
        shown.set(id, record)
        return true
      } catch (error) {
        log.debug({ from, name, ...faultOf(error) }, 'a caller could not show its record of a name')
        return false
      }
    },
    removal: (cid, publisher) => names.removal(cid, publisher),
    ask(cid, publisher, from, signal) {
      if (from === links.self) return Promise.resolve(undefined)
      const id = `${from} ${key(cid, publisher)}`
      const question = asking.get(id) ?? shownBy(from, cid, publisher).finally(() => asking.delete(id))
      asking.set(id, question)
      return raced(question, signal)
    },
  }
}
