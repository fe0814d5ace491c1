import type { CID, NameRecord, PublisherId } from '@hither/core'
import { keyOf } from './key.ts'
import { FORKS_MAX, FORKS_PER_NAME_MAX } from './limits.ts'
import type { RecordKey } from './name-index.ts'

/** What publishers signed besides the records kept. The first fork of a sequence stands for all. */
export class ForkIndex {
  private readonly max: number
  private readonly names = new Map<string, NameRecord[]>()
  private readonly ids = new Map<string, NameRecord>()

  constructor(max: number = FORKS_MAX) {
    this.max = max
  }

  /** Newest first. */
  of(publisher: PublisherId, name: string): NameRecord[] {
    return this.names.get(`${publisher}/${name}`) ?? []
  }

  byId(id: CID): NameRecord | undefined {
    return this.ids.get(keyOf(id))
  }

  has({ publisher, name, sequence }: RecordKey): boolean {
    return this.of(publisher, name).some((fork) => fork.sequence === sequence)
  }

  /** Takes a fork in, and returns those that are forgotten for it; it may be among them. */
  add(record: NameRecord): NameRecord[] {
    if (this.has(record)) return []
    const forks = [record, ...this.of(record.publisher, record.name)].toSorted((a, b) => b.sequence - a.sequence)
    this.names.set(`${record.publisher}/${record.name}`, forks)
    this.ids.set(keyOf(record.id), record)
    const forgotten = forks.splice(FORKS_PER_NAME_MAX)
    if (this.ids.size - forgotten.length > this.max) forgotten.push(...this.most().splice(-1))
    for (const old of forgotten) this.ids.delete(keyOf(old.id))
    return forgotten
  }

  /** The forks of the name that has most of them. */
  private most(): NameRecord[] {
    return [...this.names.values()].reduce((most, forks) => (forks.length > most.length ? forks : most), [])
  }
}
