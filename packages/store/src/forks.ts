import type { NameRecord } from '@hither/core'
import { join } from 'node:path'
import { FORKS_MAX_FILES } from './limits.ts'
import { labelOf, parseLabel } from './name-files.ts'
import { keepNewest, namesIn } from './shared-folder.ts'
import { createFileAtomic, makeDirectory } from './write-file.ts'

/** What publishers signed besides the records we keep: evidence, never used. */
export class Forks {
  private readonly dir: string

  constructor(dir: string) {
    this.dir = dir
  }

  async open(): Promise<void> {
    await makeDirectory(this.dir)
  }

  /** The first fork of a sequence stands for all; of a name's forks the newest are kept. */
  async keep(record: NameRecord): Promise<void> {
    const path = join(this.dir, labelOf(record))
    if (await createFileAtomic(path, record.bytes)) await this.trim(record)
  }

  private async trim({ publisher, name }: NameRecord): Promise<void> {
    const labels = (await namesIn(this.dir)).filter((label) => {
      const fork = parseLabel(label)
      return fork?.publisher === publisher && fork.name === name
    })
    await keepNewest(this.dir, labels, FORKS_MAX_FILES)
  }
}
