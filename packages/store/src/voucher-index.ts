import type { CID, NameRecord, PublisherId } from '@hither/core'
import { keyOf } from './key.ts'

/** Which records point at a function. */
export class VoucherIndex {
  private readonly byFunction = new Map<string, NameRecord[]>()

  of(cid: CID, publisher?: PublisherId): NameRecord[] {
    const records = this.byFunction.get(keyOf(cid)) ?? []
    return publisher === undefined ? records : records.filter((record) => record.publisher === publisher)
  }

  add(record: NameRecord): void {
    if (record.cid === null) return
    this.byFunction.set(keyOf(record.cid), [...this.of(record.cid), record])
  }

  remove(record: NameRecord): void {
    if (record.cid === null) return
    const left = this.of(record.cid).filter((one) => one !== record)
    if (left.length > 0) this.byFunction.set(keyOf(record.cid), left)
    else this.byFunction.delete(keyOf(record.cid))
  }
}
