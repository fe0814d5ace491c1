import { openRecord, toHitherError, type CID, type NameRecord, type Names, type PublisherId } from '@hither/core'
import { resolve } from 'node:path'
import { Forks } from './forks.ts'
import { FILES_AT_ONCE } from './limits.ts'
import { labelOf, NameFiles, parseLabel } from './name-files.ts'
import { NameIndex, type RecordKey } from './name-index.ts'
import { Quarantine } from './quarantine.ts'

export interface DiskNamesInit {
  /** Where the records are; made if need be. Several processes may use it. */
  dir: string
  /** Whose history gives way to nobody's. */
  own?: PublisherId
  /** Ms since 1970: when records were confirmed, and which unfinished files are abandoned. @default Date.now */
  now?: () => number
}

/**
 * Opens the names in a folder and verifies every record; what does not hold is set aside. Throws `bad-config` where the
 * folder cannot be used.
 */
export async function diskNames(init: DiskNamesInit): Promise<Names> {
  const names = new SharedNames(init)
  await names.open()
  return names
}

class SharedNames implements Names {
  private readonly index: NameIndex
  private readonly files: NameFiles
  private readonly quarantine: Quarantine
  private readonly forked: Forks
  private readonly now: () => number

  constructor({ dir, own, now = Date.now }: DiskNamesInit) {
    this.index = new NameIndex({ own })
    this.files = new NameFiles(resolve(dir, 'records'), now)
    this.quarantine = new Quarantine(resolve(dir, 'quarantine'))
    this.forked = new Forks(resolve(dir, 'forks'))
    this.now = now
  }

  async open(): Promise<void> {
    await this.forked.open()
    await this.quarantine.open()
    for (const label of await this.quarantine.names()) {
      const file = parseLabel(label)
      if (file !== undefined) this.index.sawSequence(file)
    }
    await this.refresh()
  }

  async refresh(): Promise<void> {
    await this.load(await this.files.scan())
    await this.forked.load()
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
    return this.forked.of(publisher, name)
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
    const judge = (): 'new' | 'known' => this.index.judge(record)
    if ((await this.witness(record, judge)) === 'known') return this.confirm(record)
    const { publisher, name } = record
    do {
      // Another process may have put records since; when writing fails it did so just now, with this very sequence.
      await this.load(await this.files.scanName(publisher, name))
      if ((await this.witness(record, judge)) === 'known') {
        await this.files.sync(publisher, name)
        return this.confirm(record)
      }
    } while (!(await this.files.write(record)))
    await this.add(record, this.now())
    return 'stored'
  }

  async hear(record: NameRecord): Promise<void> {
    const { publisher, name } = record
    // Another process may keep it.
    if (!this.keeps(publisher, name)) await this.load(await this.files.scanName(publisher, name))
    if (this.keeps(publisher, name)) return void (await this.put(record))
    this.index.judge(record)
    this.index.hear(record, this.now())
  }

  async fill(record: NameRecord): Promise<boolean> {
    if (await this.witness(record, () => this.index.misses(record))) {
      if (await this.files.write(record)) await this.add(record, this.now())
      else await this.load([record])
    }
    return this.index.byId(record.id) !== undefined
  }

  private async confirm(record: NameRecord): Promise<'known'> {
    this.index.confirm(record, this.now())
    await this.files.confirm(record)
    return 'known'
  }

  /** Judges a record, and keeps it as evidence where it turns out to be a fork. */
  private async witness<T>(record: NameRecord, judge: () => T): Promise<T> {
    try {
      return judge()
    } catch (thrown) {
      if (toHitherError(thrown).code === 'forked-record') await this.forked.keep(record)
      throw thrown
    }
  }

  private async load(files: RecordKey[]): Promise<void> {
    const unread = files.filter((file) => this.index.at(file) === undefined)
    for (let at = 0; at < unread.length; at += FILES_AT_ONCE) {
      await Promise.all(unread.slice(at, at + FILES_AT_ONCE).map((file) => this.loadOne(file)))
    }
  }

  private async loadOne(file: RecordKey): Promise<void> {
    const bytes = await this.files.read(file)
    if (bytes === undefined) return
    const record = await open(file, bytes)
    if (record !== undefined) return this.add(record, await this.files.confirmedAt(file))
    await this.quarantine.take(this.files.path(file), labelOf(file))
    this.index.sawSequence(file)
  }

  private async add(record: NameRecord, confirmedAt: number): Promise<void> {
    const { publisher, name } = record
    const heard = this.keeps(publisher, name) ? undefined : this.index.get(publisher, name)
    // It is kept from now on, as the newest of its name: also beyond this process.
    if (heard !== undefined && heard.sequence > record.sequence) await this.files.write(heard)
    for (const forgotten of this.index.add(record, confirmedAt)) await this.files.remove(forgotten)
  }
}

/** The record in a file; undefined where it does not hold, or belongs elsewhere. */
async function open({ publisher, name, sequence }: RecordKey, bytes: Uint8Array): Promise<NameRecord | undefined> {
  try {
    const record = await openRecord(bytes)
    return record.publisher === publisher && record.name === name && record.sequence === sequence ? record : undefined
  } catch {
    // `bad-record` is the only way it fails; the caller sets the file aside.
    return undefined
  }
}
