import { toHitherError, type Built, type HitherError } from '@hither/core'
import { dirname, resolve } from 'node:path'
import { folderWatch, type FolderWatch } from './folder-watch.ts'
import { FAILED_SETTLE_MS, SETTLE_MS } from './limits.ts'
import type { Problem } from './problem.ts'
import type { Source } from './source.ts'

export interface Watch {
  close(): void
}

/** What building a handler anew came to. `folder` is the handler's own, from which its source map counts. */
export type BuildOutcome = { built: Built; folder: string; ms: number } | { error: HitherError }

/** A function with the files that it was made of. */
export interface Made {
  built: Built
  inputs: string[]
  ms: number
}

export interface WatchParts {
  find(): Promise<Source>
  make(source: Source): Promise<Made>
  onOutcome(outcome: BuildOutcome): void
}

/** Throws what keeps a handler from being found. */
export async function watchHandler(parts: WatchParts): Promise<Watch> {
  const source = await parts.find()
  const watch = new HandlerWatch(parts)
  watch.look(homesOf(source))
  await watch.rebuild(0)
  return watch
}

class HandlerWatch implements Watch {
  private readonly parts: WatchParts
  private readonly folders: FolderWatch
  private timer: NodeJS.Timeout | undefined
  /** Tells of a failure, unless something changes before. */
  private failing: NodeJS.Timeout | undefined
  private building = false
  private changedMeanwhile = false
  /** The function that was told last; undefined after a failure. */
  private told: string | undefined
  /** The failure that was told last; undefined after a function. */
  private lamented: string | undefined
  private closed = false

  constructor(parts: WatchParts) {
    this.parts = parts
    this.folders = folderWatch(
      () => this.changed(),
      (error) => this.tell({ error }),
    )
  }

  close(): void {
    this.closed = true
    clearTimeout(this.timer)
    clearTimeout(this.failing)
    this.folders.close()
  }

  /** Watches these folders as well. What changed in them before was not seen: so where one is new, it is built once more. */
  look(folders: Iterable<string>): void {
    if (this.folders.add(folders)) this.changedMeanwhile = true
  }

  /** A failure is told when nothing has changed for so long. */
  async rebuild(failedSettleMs: number): Promise<void> {
    this.building = true
    clearTimeout(this.failing)
    let failure: HitherError | undefined
    do {
      this.changedMeanwhile = false
      failure = await this.build()
    } while (this.changedMeanwhile && !this.closed)
    this.building = false
    if (failure === undefined) return
    if (failedSettleMs === 0) this.fail(failure)
    else this.failing = setTimeout((error) => this.fail(error), failedSettleMs, failure)
  }

  private changed(): void {
    if (this.building) this.changedMeanwhile = true
    clearTimeout(this.failing)
    clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      if (!this.building && !this.closed) void this.rebuild(FAILED_SETTLE_MS)
    }, SETTLE_MS)
  }

  /** Gives why it failed. */
  private async build(): Promise<HitherError | undefined> {
    let source: Source | undefined
    try {
      source = await this.parts.find()
      const { built, inputs, ms } = await this.parts.make(source)
      this.look([...homesOf(source), ...inputs.map((path) => dirname(path))])
      const cid = built.cid.toString()
      if (cid !== this.told) this.tell({ built, folder: dirname(source.entry), ms })
      this.told = cid
      this.lamented = undefined
      return undefined
    } catch (thrown) {
      const error = toHitherError(thrown)
      // The file at fault may be one that no build has read yet.
      if (source !== undefined) this.look([...homesOf(source), ...foldersOf(error, dirname(source.entry))])
      return error
    }
  }

  /** Not again in the same words: where they are written into a folder that is watched, they would follow from themselves. */
  private fail(error: HitherError): void {
    this.told = undefined
    const words = JSON.stringify(error.toWire())
    if (words === this.lamented) return
    this.lamented = words
    this.tell({ error })
  }

  private tell(outcome: BuildOutcome): void {
    if (!this.closed) this.parts.onOutcome(outcome)
  }
}

/** Where a handler's file and its configuration may be: its folder, and those above it up to its project's. */
function homesOf({ entry, root }: Source): string[] {
  const folders = [dirname(entry)]
  for (let at = dirname(entry); at !== root && at !== dirname(at); at = dirname(at)) folders.push(dirname(at))
  return folders
}

function foldersOf({ data }: HitherError, folder: string): string[] {
  const problems = (data?.['errors'] ?? []) as Problem[]
  return problems.flatMap(({ file }) =>
    file === undefined || file.includes('node_modules/') ? [] : [dirname(resolve(folder, file))],
  )
}
