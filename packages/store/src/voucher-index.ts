import type { CID, NameRecord, PublisherId } from '@hither/core'

/** Which records point at a function. */
export class VoucherIndex {
  private readonly byFunction = new Map<string, NameRecord[]>()

  of(cid: CID, publisher?: PublisherId): NameRecord[] {
    const records = this.byFunction.get(cid.toString()) ?? []
    return publisher === undefined ? records : records.filter((record) => record.publisher === publisher)
  }

  add(record: NameRecord): void {
    if (record.cid === null) return
    this.byFunction.set(record.cid.toString(), [...this.of(record.cid), record])
  }

  remove(record: NameRecord): void {
    if (record.cid === null) return
    const left = this.of(record.cid).filter((one) => one !== record)
    if (left.length > 0) this.byFunction.set(record.cid.toString(), left)
    else this.byFunction.delete(record.cid.toString())
  }
}
