import { HitherError, type CID, type NameRecord, type PublisherId } from '@hither/core'
import { Heard } from './heard.ts'
import { keyOf } from './key.ts'
import { HISTORY_MAX_RECORDS, RECORDS_MAX } from './limits.ts'
import { VoucherIndex } from './voucher-index.ts'

/** What tells one record from all others, as long as nobody signs two. */
export interface RecordKey {
  publisher: PublisherId
  name: string
  sequence: number
}

export interface NameIndexInit {
  /** Whose history gives way to nobody's. */
  own?: PublisherId | undefined
  /** @default RECORDS_MAX */
  recordsMax?: number
}

/** What is known of one name. */
interface NameEntry {
  publisher: PublisherId
  /** Newest first. */
  records: NameRecord[]
  /** The highest sequence ever seen, even where that record was since damaged: nothing below it is accepted. */
  highest: number
  /** When the newest record was last put, ms since 1970. */
  confirmedAt: number
}

/** Records in memory, by name, by their own CID and by the functions that they point at, and the rules for new ones. */
export class NameIndex {
  private readonly own: PublisherId | undefined
  private readonly recordsMax: number
  /** By publisher, and by name: texts of both together would have to be made for each look. */
  private readonly names = new Map<PublisherId, Map<string, NameEntry>>()
  private readonly ids = new Map<string, NameRecord>()
  private readonly vouchers = new VoucherIndex()
  private readonly heard = new Heard()

  constructor({ own, recordsMax = RECORDS_MAX }: NameIndexInit = {}) {
    this.own = own
    this.recordsMax = recordsMax
  }

  get(publisher: PublisherId, name: string): NameRecord | undefined {
    return this.entry(publisher, name)?.records[0]
  }

  history(publisher: PublisherId, name: string): NameRecord[] {
    return [...(this.entry(publisher, name)?.records ?? [])]
  }

  highest(publisher: PublisherId, name: string): number {
    return this.entry(publisher, name)?.highest ?? 0
  }

  confirmedAt(publisher: PublisherId, name: string): number | undefined {
    const entry = this.entry(publisher, name)
    return entry?.records[0] && entry.confirmedAt
  }

  byId(id: CID): NameRecord | undefined {
    return this.ids.get(keyOf(id))
  }

  vouches(cid: CID, publisher?: PublisherId): NameRecord | undefined {
    return this.vouchers.of(cid, publisher).find((record) => this.newestOf(record)?.cid !== null)
  }

  removal(cid: CID, publisher?: PublisherId): NameRecord | undefined {
    const newest = this.vouchers.of(cid, publisher).map((record) => this.newestOf(record))
    return newest.find((record) => record?.cid === null)
  }

  keeps(publisher: PublisherId, name: string): boolean {
    const entry = this.entry(publisher, name)
    return entry !== undefined && !this.isHeard(entry)
  }

  list(publisher?: PublisherId): NameRecord[] {
    return [...this.entries()]
      .flatMap(({ records }) => records.slice(0, 1))
      .filter((record) => !this.heard.has(record) && (publisher === undefined || record.publisher === publisher))
      .sort((a, b) => compare(a.publisher, b.publisher) || compare(a.name, b.name))
  }

  missesNewest(publisher: PublisherId): boolean {
    for (const { records, highest } of this.names.get(publisher)?.values() ?? []) {
      if (records[0] === undefined || records[0].sequence < highest) return true
    }
    return false
  }

  /**
   * What putting a record would do. Throws `stale-record`, or `forked-record`. Its `prev` decides nothing: we may have
   * missed the records between, and a higher sequence is the publisher's word.
   */
  judge(record: NameRecord): 'new' | 'known' {
    const entry = this.entry(record.publisher, record.name)
    const rival = entry?.records.find(({ sequence }) => sequence === record.sequence)
    if (rival !== undefined && !rival.id.equals(record.id)) throw forked(record, rival)
    if (entry !== undefined && record.sequence < entry.highest) throw stale(record, entry.highest)
    return rival === undefined || this.heard.has(rival) ? 'new' : 'known'
  }

  /** Whether an older record is missing here: a newer one that is kept names it, and there is room. Throws `forked-record`. */
  misses(record: NameRecord): boolean {
    const { records } = this.entry(record.publisher, record.name) ?? { records: [] }
    if (!this.keeps(record.publisher, record.name)) return false
    if (!records.some(({ sequence, prev }) => sequence > record.sequence && prev?.equals(record.id))) return false
    const rival = this.at(record)
    if (rival !== undefined && !rival.id.equals(record.id)) throw forked(record, rival)
    return rival === undefined && records.length < HISTORY_MAX_RECORDS && this.kept < this.recordsMax
  }

  /** The record with a sequence, if it is kept here. */
  at({ publisher, name, sequence }: RecordKey): NameRecord | undefined {
    if (!this.keeps(publisher, name)) return undefined
    return this.entry(publisher, name)?.records.find((record) => record.sequence === sequence)
  }

  /**
   * Takes a record in that is kept, wherever it belongs, and returns those that are forgotten for it. One per sequence at most; what
   * was only heard of its name gives way, or is kept with it where it is newer.
   */
  add(record: NameRecord, confirmedAt: number): NameRecord[] {
    if (this.at(record) !== undefined) return []
    const entry = this.sawSequence(record)
    const [newest] = entry.records
    if (newest !== undefined && newest.sequence > record.sequence) this.heard.delete(newest)
    else this.unhear(entry)
    this.insert(entry, record, confirmedAt)
    return this.forgetOldest(entry.records)
  }

  /** Takes a record in whose name is not kept, in place of what was heard of it before. */
  hear(record: NameRecord, confirmedAt: number): void {
    const entry = this.sawSequence(record)
    this.unhear(entry)
    this.insert(entry, record, confirmedAt)
    for (const { publisher, name } of this.heard.add(record)) this.forgetName(publisher, name)
  }

  /** The newest record of a name was put again. */
  confirm({ publisher, name }: NameRecord, at: number): void {
    const entry = this.entry(publisher, name)
    if (entry !== undefined) entry.confirmedAt = at
  }

  /** Notes that a sequence was given out, whether or not its record can still be read. */
  sawSequence({ publisher, name, sequence }: RecordKey): NameEntry {
    const entry = this.entry(publisher, name) ?? { publisher, records: [], highest: sequence, confirmedAt: 0 }
    entry.highest = Math.max(entry.highest, sequence)
    const own = this.names.get(publisher) ?? new Map<string, NameEntry>()
    this.names.set(publisher, own.set(name, entry))
    return entry
  }

  /** How many records are kept. */
  private get kept(): number {
    return this.ids.size - this.heard.size
  }

  private isHeard({ records: [newest] }: NameEntry): boolean {
    return newest !== undefined && this.heard.has(newest)
  }

  private insert(entry: NameEntry, record: NameRecord, confirmedAt: number): void {
    const { records } = entry
    const place = records.findIndex(({ sequence }) => sequence < record.sequence)
    records.splice(place < 0 ? records.length : place, 0, record)
    if (records[0] === record) entry.confirmedAt = confirmedAt
    this.ids.set(keyOf(record.id), record)
    this.vouchers.add(record)
  }

  private unhear({ records }: NameEntry): void {
    const [newest] = records
    if (newest === undefined || !this.heard.delete(newest)) return
    records.length = 0
    this.forget(newest)
  }

  private forgetName(publisher: PublisherId, name: string): void {
    const own = this.names.get(publisher)
    for (const record of own?.get(name)?.records ?? []) this.forget(record)
    own?.delete(name)
    if (own?.size === 0) this.names.delete(publisher)
  }

  private entry(publisher: PublisherId, name: string): NameEntry | undefined {
    return this.names.get(publisher)?.get(name)
  }

  private *entries(): Generator<NameEntry> {
    for (const byName of this.names.values()) yield* byName.values()
  }

  private newestOf({ publisher, name }: NameRecord): NameRecord | undefined {
    return this.get(publisher, name)
  }

  /** Whoever has the longest history loses its oldest record, so that nobody's names can push out those of others. */
  private forgetOldest(records: NameRecord[]): NameRecord[] {
    const forgotten = records.splice(HISTORY_MAX_RECORDS)
    for (const old of forgotten) this.forget(old)
    while (this.kept > this.recordsMax) {
      const old = this.longest().pop()
      if (old === undefined) break
      this.forget(old)
      forgotten.push(old)
    }
    return forgotten
  }

  /** The longest history that may give way; empty where there is nothing but newest records. */
  private longest(): NameRecord[] {
    let longest: NameRecord[] = []
    for (const { publisher, records } of this.entries()) {
      if (publisher !== this.own && records.length > Math.max(1, longest.length)) longest = records
    }
    return longest
  }

  private forget(record: NameRecord): void {
    this.ids.delete(keyOf(record.id))
    this.vouchers.remove(record)
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
