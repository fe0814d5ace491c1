import { isPublisherId, NAME_PATTERN, type NameRecord, type PublisherId } from '@hither/core'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { RecordKey } from './name-index.ts'
import { namesIn, readIfThere, removeAbandoned, statOf, touch } from './shared-folder.ts'
import { createFileAtomic, makeDirectory, syncDirectory } from './write-file.ts'

const FILE_PATTERN = /^(\d{16})\.record$/
const LABEL_PATTERN = /^([^.]+)\.([^.]+)\.(\d{16})\.record$/

/**
 * One file per record, `<dir>/<publisher>/<name>/<sequence>.record`, never replaced. Its path says which record it must
 * be, even when it can no longer be read; and two processes that write the same sequence find out from the file system
 * who came first.
 */
export class NameFiles {
  private readonly dir: string
  private readonly now: () => number

  constructor(dir: string, now: () => number) {
    this.dir = dir
    this.now = now
  }

  path({ publisher, name, sequence }: RecordKey): string {
    return join(this.folder(publisher, name), fileName(sequence))
  }

  /** Every record file, without reading any. */
  async scan(): Promise<RecordKey[]> {
    const files: RecordKey[] = []
    for (const publisher of await namesIn(this.dir)) {
      if (!isPublisherId(publisher)) continue
      for (const name of await namesIn(join(this.dir, publisher))) {
        if (NAME_PATTERN.test(name)) files.push(...(await this.scanName(publisher, name)))
      }
    }
    return files
  }

  /** The record files of one name; what killed writers left behind is removed. */
  async scanName(publisher: PublisherId, name: string): Promise<RecordKey[]> {
    const files: RecordKey[] = []
    for (const file of await namesIn(this.folder(publisher, name))) {
      const sequence = FILE_PATTERN.exec(file)?.[1]
      if (sequence !== undefined) files.push({ publisher, name, sequence: Number(sequence) })
      else await removeAbandoned(join(this.folder(publisher, name), file), this.now())
    }
    return files
  }

  /** Undefined when it is not there. */
  async read(file: RecordKey): Promise<Uint8Array | undefined> {
    return readIfThere(this.path(file))
  }

  /** False where a file with this sequence is there already. */
  async write(record: NameRecord): Promise<boolean> {
    await makeDirectory(this.folder(record.publisher, record.name))
    return createFileAtomic(this.path(record), record.bytes)
  }

  /** Another process may have put a record into place without having made that durable yet. */
  async sync(publisher: PublisherId, name: string): Promise<void> {
    await syncDirectory(this.folder(publisher, name))
  }

  /** When a record was last put, ms since 1970; noted again each time, so that its age survives a restart. */
  async confirmedAt(file: RecordKey): Promise<number> {
    return (await statOf(this.path(file)))?.mtimeMs ?? 0
  }

  async confirm(file: RecordKey): Promise<void> {
    await touch(this.path(file), this.now())
  }

  async remove(file: RecordKey): Promise<void> {
    await rm(this.path(file), { force: true })
  }

  private folder(publisher: PublisherId, name: string): string {
    return join(this.dir, publisher, name)
  }
}

/** Sixteen digits hold every safe integer, and sort as numbers do. */
function fileName(sequence: number): string {
  return `${sequence.toString().padStart(16, '0')}.record`
}

/** A record's place as one file name, for folders that hold records of all names. */
export function labelOf({ publisher, name, sequence }: RecordKey): string {
  return `${publisher}.${name}.${fileName(sequence)}`
}

export function parseLabel(label: string): RecordKey | undefined {
  const [, publisher, name, sequence] = LABEL_PATTERN.exec(label) ?? []
  if (publisher === undefined || name === undefined || sequence === undefined) return undefined
  return { publisher, name, sequence: Number(sequence) }
}
