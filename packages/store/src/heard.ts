import type { NameRecord } from '@hither/core'
import { HEARD_MAX_BYTES, HEARD_MAX_NAMES } from './limits.ts'

/** The records of names that are not kept, one of each, in what room there is for them. */
export class Heard {
  /** Those confirmed longest ago first. */
  private readonly records = new Set<NameRecord>()
  private bytes = 0

  get size(): number {
    return this.records.size
  }

  has(record: NameRecord): boolean {
    return this.records.has(record)
  }

  /** Takes a record in, and returns those for which there is no room any more. */
  add(record: NameRecord): NameRecord[] {
    this.records.add(record)
    this.bytes += record.bytes.length
    const forgotten: NameRecord[] = []
    for (const oldest of this.records) {
      if (this.records.size <= HEARD_MAX_NAMES && this.bytes <= HEARD_MAX_BYTES) break
      this.delete(oldest)
      forgotten.push(oldest)
    }
    return forgotten
  }

  /** Whether it was there. */
  delete(record: NameRecord): boolean {
    if (!this.records.delete(record)) return false
    this.bytes -= record.bytes.length
    return true
  }
}
