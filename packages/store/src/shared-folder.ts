import type { Stats } from 'node:fs'
import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { diskError, errnoOf, isMissing } from './disk-error.ts'
import { TEMP_MAX_AGE_MS, TOUCH_EVERY_MS } from './limits.ts'
import { TEMP_SUFFIX } from './write-file.ts'

/** Reading in a folder where other processes make and remove files at any time: what is missing is no error. */

/** What is in a folder, sorted; nothing where there is none. */
export async function namesIn(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).sort()
  } catch (thrown) {
    if (isMissing(thrown) || errnoOf(thrown) === 'ENOTDIR') return []
    throw diskError(thrown, path)
  }
}

export async function statOf(path: string): Promise<Pick<Stats, 'size' | 'mtimeMs' | 'ctimeMs'> | undefined> {
  try {
    return await stat(path)
  } catch (thrown) {
    if (isMissing(thrown)) return undefined
    throw diskError(thrown, path)
  }
}

/** A file that the disk cannot give back reads as empty: the caller verifies what it gets, and sets that aside. */
export async function readIfThere(path: string, signal?: AbortSignal): Promise<Uint8Array | undefined> {
  try {
    const bytes = await readFile(path, signal === undefined ? {} : { signal })
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
  } catch (thrown) {
    if (isMissing(thrown)) return undefined
    if (errnoOf(thrown) === 'EIO') return new Uint8Array(0)
    throw diskError(thrown, path)
  }
}

/** Notes on disk that a file was just used, where that was not noted a moment ago. */
export async function touch(path: string, now: number): Promise<void> {
  try {
    if (now - (await stat(path)).mtimeMs > TOUCH_EVERY_MS) await utimes(path, now / 1000, now / 1000)
  } catch {
    // Removed meanwhile, or a disk that can only be read: a hint is lost, and the file was used all the same.
  }
}

/** Removes what a killed writer left behind, and nothing else. */
export async function removeAbandoned(path: string, now: number): Promise<void> {
  if (!path.endsWith(TEMP_SUFFIX)) return
  const stats = await statOf(path)
  if (stats !== undefined && now - stats.mtimeMs > TEMP_MAX_AGE_MS) await rm(path, { force: true })
}

/** Removes all but the newest of some files in a folder, counted from when they came there. */
export async function keepNewest(dir: string, names: readonly string[], max: number): Promise<void> {
  if (names.length <= max) return
  const paths = names.map((name) => join(dir, name))
  const aged = await Promise.all(paths.map(async (path) => ({ path, at: (await statOf(path))?.ctimeMs ?? 0 })))
  aged.sort((a, b) => a.at - b.at)
  for (const { path } of aged.slice(0, names.length - max)) await rm(path, { force: true })
}
