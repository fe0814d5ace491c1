import type { NameRecord, PublisherId } from '@hither/core'
import { HEARD_MAX_BYTES, HEARD_MAX_NAMES } from './limits.ts'

/** What was heard of one publisher. */
interface Share {
  /** Those confirmed longest ago first. */
  records: Set<NameRecord>
  bytes: number
}

/** The records of names that are not kept, one of each, in what room there is for them. Whoever has most of it loses first. */
export class Heard {
  /** Those of whom nothing was confirmed for longest first. */
  private readonly shares = new Map<PublisherId, Share>()
  private count = 0
  private bytes = 0

  get size(): number {
    return this.count
  }

  has(record: NameRecord): boolean {
    return this.shares.get(record.publisher)?.records.has(record) === true
  }

  /** Takes a record in, and returns those for which there is no room any more. */
  add(record: NameRecord): NameRecord[] {
    const share = this.shares.get(record.publisher) ?? { records: new Set(), bytes: 0 }
    this.shares.delete(record.publisher)
    this.shares.set(record.publisher, share)
    share.records.add(record)
    this.count += 1
    this.weigh(share, record.bytes.length)
    const forgotten: NameRecord[] = []
    while (this.count > HEARD_MAX_NAMES || this.bytes > HEARD_MAX_BYTES) {
      const oldest = this.oldestOfMost(record)
      if (oldest === undefined) break
      this.delete(oldest)
      forgotten.push(oldest)
    }
    return forgotten
  }

  /** Whether it was there. */
  delete(record: NameRecord): boolean {
    const share = this.shares.get(record.publisher)
    if (share?.records.delete(record) !== true) return false
    this.count -= 1
    this.weigh(share, -record.bytes.length)
    if (share.records.size === 0) this.shares.delete(record.publisher)
    return true
  }

  private weigh(share: Share, bytes: number): void {
    share.bytes += bytes
    this.bytes += bytes
  }

  /** Never that which just came: a call waits for it. */
  private oldestOfMost(newest: NameRecord): NameRecord | undefined {
    let most: { oldest: NameRecord; bytes: number } | undefined
    for (const { records, bytes } of this.shares.values()) {
      const [oldest] = records
      if (oldest !== undefined && oldest !== newest && bytes > (most?.bytes ?? 0)) most = { oldest, bytes }
    }
    return most?.oldest
  }
}
