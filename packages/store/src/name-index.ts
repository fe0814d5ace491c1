import { HitherError, type CID, type NameRecord, type PublisherId } from '@hither/core'
import { HISTORY_MAX_RECORDS } from './limits.ts'

/** What tells one record from all others, as long as nobody signs two. */
export interface RecordKey {
  publisher: PublisherId
  name: string
  sequence: number
}

/** What is known of one name. */
interface NameEntry {
  /** Newest first. */
  records: NameRecord[]
  /** The highest sequence ever seen, even where that record was since damaged: nothing below it is accepted. */
  highest: number
}

/** Records in memory, by name and by the functions that they vouch for, and the rules for new ones. */
export class NameIndex {
  private readonly names = new Map<string, NameEntry>()
  private readonly vouchers = new Map<string, NameRecord[]>()

  get(publisher: PublisherId, name: string): NameRecord | undefined {
    return this.entry(publisher, name)?.records[0]
  }

  history(publisher: PublisherId, name: string): NameRecord[] {
    return [...(this.entry(publisher, name)?.records ?? [])]
  }

  vouches(cid: CID, publisher?: PublisherId): NameRecord | undefined {
    const records = this.vouchers.get(cid.toString()) ?? []
    return records.find((record) => publisher === undefined || record.publisher === publisher)
  }

  list(publisher?: PublisherId): NameRecord[] {
    return [...this.names.values()]
      .flatMap(({ records }) => records.slice(0, 1))
      .filter((record) => publisher === undefined || record.publisher === publisher)
      .sort((a, b) => compare(a.publisher, b.publisher) || compare(a.name, b.name))
  }

  /**
   * What putting a record would do. Throws `stale-record`, or `forked-record`. Its `prev` decides nothing: we may have
   * missed the records between, and a higher sequence is the publisher's word.
   */
  judge(record: NameRecord): 'new' | 'known' {
    const entry = this.entry(record.publisher, record.name)
    const rival = this.at(record)
    if (rival !== undefined && !rival.id.equals(record.id)) throw forked(record, rival)
    if (entry !== undefined && record.sequence < entry.highest) throw stale(record, entry.highest)
    return rival === undefined ? 'new' : 'known'
  }

  /** The record with a sequence, if it is here. */
  at({ publisher, name, sequence }: RecordKey): NameRecord | undefined {
    return this.entry(publisher, name)?.records.find((record) => record.sequence === sequence)
  }

  /** Takes a record in, wherever it belongs, and returns those that are forgotten for it. One per sequence at most. */
  add(record: NameRecord): NameRecord[] {
    if (this.at(record) !== undefined) return []
    const { records } = this.sawSequence(record)
    const place = records.findIndex(({ sequence }) => sequence < record.sequence)
    records.splice(place < 0 ? records.length : place, 0, record)
    if (record.cid !== null) {
      const key = record.cid.toString()
      this.vouchers.set(key, [...(this.vouchers.get(key) ?? []), record])
    }
    const forgotten = records.splice(HISTORY_MAX_RECORDS)
    for (const old of forgotten) this.forget(old)
    return forgotten
  }

  /** Notes that a sequence was given out, whether or not its record can still be read. */
  sawSequence({ publisher, name, sequence }: RecordKey): NameEntry {
    const entry = this.entry(publisher, name) ?? { records: [], highest: sequence }
    entry.highest = Math.max(entry.highest, sequence)
    this.names.set(`${publisher}/${name}`, entry)
    return entry
  }

  private entry(publisher: PublisherId, name: string): NameEntry | undefined {
    return this.names.get(`${publisher}/${name}`)
  }

  private forget(record: NameRecord): void {
    if (record.cid === null) return
    const key = record.cid.toString()
    const left = (this.vouchers.get(key) ?? []).filter((one) => one !== record)
    if (left.length > 0) this.vouchers.set(key, left)
    else this.vouchers.delete(key)
  }
}

/** By code units, so that every machine has the same order. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

function stale({ publisher, name, sequence }: NameRecord, highest: number): HitherError {
  return new HitherError('stale-record', `record ${sequence} of ${publisher}/${name} is out of date`, {
    why: `record ${highest} was seen before`,
    data: { sequence, highest },
  })
}

function forked({ publisher, name, sequence, id }: NameRecord, first: NameRecord): HitherError {
  return new HitherError('forked-record', `there are two records ${sequence} of ${publisher}/${name}`, {
    why: 'the publisher signed both: it deploys from two machines at once, or its key is in other hands; the first is kept',
    fix: 'deploy once more with a higher sequence; if it was not you, stop using this key',
    data: { sequence, first: first.id.toString(), second: id.toString() },
  })
}
