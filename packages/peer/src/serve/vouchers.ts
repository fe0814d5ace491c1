import { HitherError, openRecord, type CID, type Links, type Names, type PeerId, type PublisherId } from '@hither/core'
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import { VOUCHERS_MAX } from '../limits.ts'

/** Whose a function is. A caller's word counts for nothing; a record signed by the publisher does. */
export interface Vouchers {
  /** The publisher who vouches for the function: by a record that is here, or by one that `from` can show. */
  publisherOf(cid: CID, claimed: PublisherId | undefined, from: PeerId): Promise<PublisherId | undefined>
}

export interface VouchersComponents {
  names: Names
  links: Links
  log: Logger
}

export function vouchers({ names, links, log }: VouchersComponents): Vouchers {
  /** Records that callers showed, for functions that a name has since moved on from or that no name here points at. */
  const shown = new LRUCache<string, PublisherId>({ max: VOUCHERS_MAX })

  async function ask(cid: CID, claimed: PublisherId, from: PeerId): Promise<PublisherId | undefined> {
    const bytes = await links.voucher(from, cid, claimed)
    if (bytes === undefined) return undefined
    const record = await openRecord(bytes)
    if (record.publisher !== claimed || !record.cid?.equals(cid)) {
      throw new HitherError('bad-record', 'a caller showed a record of another publisher or function')
    }
    return record.publisher
  }

  return {
    async publisherOf(cid, claimed, from) {
      const known = names.vouches(cid, claimed)?.publisher
      if (known !== undefined || claimed === undefined || from === links.self) return known
      const key = `${claimed}/${cid.toString()}`
      const before = shown.get(key)
      if (before !== undefined) return before
      try {
        const publisher = await ask(cid, claimed, from)
        if (publisher !== undefined) shown.set(key, publisher)
        return publisher
      } catch (error) {
        log.warn({ from, cid: cid.toString(), err: error }, 'a caller could not vouch for its function')
        return undefined
      }
    },
  }
}
