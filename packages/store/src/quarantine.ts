import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { diskError, isMissing } from './disk-error.ts'
import { QUARANTINE_MAX_FILES } from './limits.ts'
import { keepNewest } from './shared-folder.ts'
import { makeDirectory } from './write-file.ts'

/** Where damaged files go: out of use, but there for whoever asks what happened to the disk. */
export class Quarantine {
  private readonly dir: string

  constructor(dir: string) {
    this.dir = dir
  }

  /** Made before it is needed: a full disk must not keep damaged files in use. */
  async open(): Promise<void> {
    await makeDirectory(this.dir)
  }

  /** Moves a file here under a name; an earlier one of that name gives way. Fine if another process took it first. */
  async take(path: string, name: string): Promise<void> {
    try {
      await rename(path, join(this.dir, name))
    } catch (thrown) {
      if (!isMissing(thrown)) throw diskError(thrown, path)
    }
    await keepNewest(this.dir, await this.names(), QUARANTINE_MAX_FILES)
  }

  async names(): Promise<string[]> {
    return readdir(this.dir)
  }

  async drop(name: string): Promise<void> {
    await rm(join(this.dir, name), { force: true })
  }
}
