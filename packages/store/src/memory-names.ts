import { toHitherError, type CID, type NameRecord, type Names, type PublisherId } from '@hither/core'
import { ForkIndex } from './fork-index.ts'
import { NameIndex } from './name-index.ts'

export interface MemoryNamesInit {
  /** Whose history gives way to nobody's. */
  own?: PublisherId
  /** Ms since 1970. @default Date.now */
  now?: () => number
}

/** Names that end with the process. */
export function memoryNames(init: MemoryNamesInit = {}): Names {
  return new MemoryNames(init)
}

class MemoryNames implements Names {
  private readonly index: NameIndex
  private readonly forked = new ForkIndex()
  private readonly now: () => number

  constructor({ own, now = Date.now }: MemoryNamesInit) {
    this.index = new NameIndex({ own })
    this.now = now
  }

  get(publisher: PublisherId, name: string): NameRecord | undefined {
    return this.index.get(publisher, name)
  }

  history(publisher: PublisherId, name: string): NameRecord[] {
    return this.index.history(publisher, name)
  }

  highest(publisher: PublisherId, name: string): number {
    return this.index.highest(publisher, name)
  }

  confirmedAt(publisher: PublisherId, name: string): number | undefined {
    return this.index.confirmedAt(publisher, name)
  }

  forks(publisher: PublisherId, name: string): NameRecord[] {
    return [...this.forked.of(publisher, name)]
  }

  byId(id: CID): NameRecord | undefined {
    return this.index.byId(id) ?? this.forked.byId(id)
  }

  vouches(cid: CID, publisher?: PublisherId): NameRecord | undefined {
    return this.index.vouches(cid, publisher)
  }

  removal(cid: CID, publisher?: PublisherId): NameRecord | undefined {
    return this.index.removal(cid, publisher)
  }

  keeps(publisher: PublisherId, name: string): boolean {
    return this.index.keeps(publisher, name)
  }

  list(publisher?: PublisherId): NameRecord[] {
    return this.index.list(publisher)
  }

  missesNewest(publisher: PublisherId): boolean {
    return this.index.missesNewest(publisher)
  }

  async put(record: NameRecord): Promise<'stored' | 'known'> {
    const known = this.witness(record, () => this.index.judge(record)) === 'known'
    if (known) this.index.confirm(record, this.now())
    else this.index.add(record, this.now())
    return known ? 'known' : 'stored'
  }

  async hear(record: NameRecord): Promise<void> {
    if (this.keeps(record.publisher, record.name)) return void (await this.put(record))
    this.index.judge(record)
    this.index.hear(record, this.now())
  }

  async fill(record: NameRecord): Promise<boolean> {
    if (this.witness(record, () => this.index.misses(record))) this.index.add(record, this.now())
    return this.index.byId(record.id) !== undefined
  }

  /** Nobody else can write here. */
  async refresh(): Promise<void> {}

  /** Judges a record, and keeps it as evidence where it turns out to be a fork. */
  private witness<T>(record: NameRecord, judge: () => T): T {
    try {
      return judge()
    } catch (thrown) {
      if (toHitherError(thrown).code === 'forked-record') this.forked.add(record)
      throw thrown
    }
  }
}
