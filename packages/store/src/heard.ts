import type { NameRecord, PublisherId } from '@hither/core'
import { HEARD_MAX_BYTES, HEARD_MAX_NAMES } from './limits.ts'

/** Of one publisher. */
interface Share {
  /** Those confirmed longest ago first. */
  records: Set<NameRecord>
  bytes: number
}

/**
 * The records of names that are not kept, one of each, in what room there is for them. Whoever takes most of it gives way first, so that
 * nobody's names can push out those of others.
 */
export class Heard {
  /** Those of whom nothing was heard for longest first. */
  private readonly shares = new Map<PublisherId, Share>()
  private bytes = 0
  private records = 0

  get size(): number {
    return this.records
  }

  has(record: NameRecord): boolean {
    return this.shares.get(record.publisher)?.records.has(record) === true
  }

  /** Takes a record in, and returns those for which there is no room any more. */
  add(record: NameRecord): NameRecord[] {
    const { publisher } = record
    const share = this.shares.get(publisher) ?? { records: new Set(), bytes: 0 }
    this.shares.delete(publisher)
    this.shares.set(publisher, share)
    share.records.add(record)
    this.count(share, 1, record.bytes.length)
    const forgotten: NameRecord[] = []
    while (this.records > HEARD_MAX_NAMES || this.bytes > HEARD_MAX_BYTES) {
      const [oldest] = this.largest().records
      if (oldest === undefined || !this.delete(oldest)) break
      forgotten.push(oldest)
    }
    return forgotten
  }

  /** Whether it was there. */
  delete(record: NameRecord): boolean {
    const share = this.shares.get(record.publisher)
    if (share === undefined || !share.records.delete(record)) return false
    this.count(share, -1, -record.bytes.length)
    if (share.records.size === 0) this.shares.delete(record.publisher)
    return true
  }

  private count(share: Share, records: number, bytes: number): void {
    this.records += records
    this.bytes += bytes
    share.bytes += bytes
  }

  private largest(): Share {
    let largest: Share = { records: new Set(), bytes: 0 }
    for (const share of this.shares.values()) if (share.bytes > largest.bytes) largest = share
    return largest
  }
}
