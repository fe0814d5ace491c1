import { openRecord, type CID, type NameRecord, type PublisherId } from '@hither/core'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ForkIndex } from './fork-index.ts'
import { labelOf, parseLabel } from './name-files.ts'
import type { RecordKey } from './name-index.ts'
import { namesIn, readIfThere } from './shared-folder.ts'
import { createFileAtomic, makeDirectory } from './write-file.ts'

/** What publishers signed besides the records we keep, in a folder: evidence, never used. */
export class Forks {
  private readonly dir: string
  private readonly index = new ForkIndex()

  constructor(dir: string) {
    this.dir = dir
  }

  async open(): Promise<void> {
    await makeDirectory(this.dir)
  }

  of(publisher: PublisherId, name: string): NameRecord[] {
    return [...this.index.of(publisher, name)]
  }

  byId(id: CID): NameRecord | undefined {
    return this.index.byId(id)
  }

  /** Takes in what is in the folder, and removes what proves nothing. */
  async load(): Promise<void> {
    for (const label of await namesIn(this.dir)) {
      const file = parseLabel(label)
      if (file === undefined || this.index.has(file)) continue
      const fork = await this.read(file)
      if (fork === undefined) await this.remove(file)
      else await this.add(fork)
    }
  }

  async keep(record: NameRecord): Promise<void> {
    if (this.index.has(record)) return
    if (await createFileAtomic(this.path(record), record.bytes)) await this.add(record)
    else await this.load()
  }

  private async add(fork: NameRecord): Promise<void> {
    for (const forgotten of this.index.add(fork)) await this.remove(forgotten)
  }

  private async read(file: RecordKey): Promise<NameRecord | undefined> {
    const bytes = (await readIfThere(this.path(file))) ?? new Uint8Array(0)
    try {
      const fork = await openRecord(bytes)
      return labelOf(fork) === labelOf(file) ? fork : undefined
    } catch {
      // `bad-record` is the only way it fails: damaged or gone, it is no evidence any more.
      return undefined
    }
  }

  private async remove(file: RecordKey): Promise<void> {
    await rm(this.path(file), { force: true })
  }

  private path(file: RecordKey): string {
    return join(this.dir, labelOf(file))
  }
}
