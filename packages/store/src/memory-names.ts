import type { CID, NameRecord, Names, PublisherId } from '@hither/core'
import { NameIndex } from './name-index.ts'

/** Names that end with the process. */
export function memoryNames(): Names {
  return new MemoryNames()
}

class MemoryNames implements Names {
  private readonly index = new NameIndex()

  get(publisher: PublisherId, name: string): NameRecord | undefined {
    return this.index.get(publisher, name)
  }

  history(publisher: PublisherId, name: string): NameRecord[] {
    return this.index.history(publisher, name)
  }

  vouches(cid: CID, publisher?: PublisherId): NameRecord | undefined {
    return this.index.vouches(cid, publisher)
  }

  list(publisher?: PublisherId): NameRecord[] {
    return this.index.list(publisher)
  }

  async put(record: NameRecord): Promise<'stored' | 'known'> {
    if (this.index.judge(record) === 'known') return 'known'
    this.index.add(record)
    return 'stored'
  }

  /** Nobody else can write here. */
  async refresh(): Promise<void> {}
}
