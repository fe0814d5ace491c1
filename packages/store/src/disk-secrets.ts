import {
  HitherError,
  isPublisherId,
  NAME_PATTERN,
  toHitherError,
  type PublisherId,
  type SecretRecords,
} from '@hither/core'
import { openSecrets, supersedes, type SecretsRecord } from '@hither/core/secrets'
import { join, resolve } from 'node:path'
import { Queue } from './queue.ts'
import { namesIn, readIfThere, removeAbandoned } from './shared-folder.ts'
import { makeDirectory, writeFileAtomic } from './write-file.ts'

export interface DiskSecretsInit {
  /** Where the records are; made if need be, for its owner only. */
  dir: string
}

/** Opens the records of secrets in a folder, one file for each name, and verifies them. Throws `bad-config`. */
export async function diskSecrets({ dir }: DiskSecretsInit): Promise<SecretRecords> {
  const records = new SecretFiles(resolve(dir))
  await records.refresh()
  return records
}

const FILE_PATTERN = /^([^.]+)\.([^.]+)\.sealed$/

/** A record, or why the file that should hold it does not. */
type Kept = SecretsRecord | HitherError

class SecretFiles implements SecretRecords {
  private readonly dir: string
  private readonly byFile = new Map<string, Kept>()
  private readonly writing = new Queue()

  constructor(dir: string) {
    this.dir = dir
  }

  get(publisher: PublisherId, name: string): SecretsRecord | undefined {
    // Asked at each call, and most machines have none.
    if (this.byFile.size === 0) return undefined
    const kept = this.byFile.get(fileOf(publisher, name))
    if (kept instanceof HitherError) throw kept
    return kept
  }

  list(): SecretsRecord[] {
    return [...this.byFile.values()].filter((kept): kept is SecretsRecord => !(kept instanceof HitherError))
  }

  async put(record: SecretsRecord): Promise<SecretsRecord> {
    const file = fileOf(record.publisher, record.name)
    return this.writing.run(async () => {
      await makeDirectory(this.dir)
      // Another process may have put one since. A damaged one gives way to whatever holds.
      await this.load(file)
      const kept = this.byFile.get(file)
      const known = kept instanceof HitherError ? undefined : kept
      if (known !== undefined && !supersedes(record, known)) return known
      await writeFileAtomic(join(this.dir, file), record.bytes)
      this.byFile.set(file, record)
      return record
    })
  }

  async refresh(): Promise<void> {
    const files = await namesIn(this.dir)
    for (const [file, kept] of this.byFile) {
      // Moved away, as the error says. One that holds is not forgotten for that.
      if (kept instanceof HitherError && !files.includes(file)) this.byFile.delete(file)
    }
    for (const file of files) {
      if (isRecordFile(file)) await this.load(file)
      else await removeAbandoned(join(this.dir, file), Date.now())
    }
  }

  private async load(file: string): Promise<void> {
    const path = join(this.dir, file)
    const bytes = await readIfThere(path)
    if (bytes === undefined) return
    try {
      const record = await openSecrets(bytes)
      if (fileOf(record.publisher, record.name) !== file) throw new HitherError('bad-record', 'it belongs elsewhere')
      this.byFile.set(file, record)
    } catch (thrown) {
      this.byFile.set(file, damaged(path, toHitherError(thrown)))
    }
  }
}

function fileOf(publisher: PublisherId, name: string): string {
  return `${publisher}.${name}.sealed`
}

function isRecordFile(file: string): boolean {
  const [, publisher = '', name = ''] = FILE_PATTERN.exec(file) ?? []
  return isPublisherId(publisher) && NAME_PATTERN.test(name)
}

function damaged(path: string, { message, why }: HitherError): HitherError {
  return new HitherError('bad-record', `the secrets in ${path} are damaged`, {
    why: why ?? message,
    fix: 'restore the file from a backup; or move it away, and set its secrets again',
  })
}
