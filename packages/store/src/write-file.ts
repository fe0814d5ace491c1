import { randomUUID } from 'node:crypto'
import { link, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { diskError, errnoOf, isMissing } from './disk-error.ts'
import { refuseAborted } from './signal.ts'

export interface WriteOptions {
  /** Permissions of the file. @default 0o600 */
  mode?: number
  signal?: AbortSignal
}

/** How unfinished files end, so that whoever opens a folder can tell them. */
export const TEMP_SUFFIX = '.tmp'

/**
 * Writes a file so that at every moment, power cuts included, its path holds all of the old content or all of the new.
 * Once it resolves the new one is on the disk. The folder must exist.
 *
 * Throws `store-full` for a full disk, `bad-config` where writing is not allowed, `cancelled` or `timeout` by the signal.
 */
export async function writeFileAtomic(path: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<void> {
  try {
    await write(path, bytes, options, rename)
  } catch (thrown) {
    throw diskError(thrown, path)
  }
}

/** The same for a file that must not be there yet; false, and nothing is changed, where it is. */
export async function createFileAtomic(path: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<boolean> {
  try {
    await write(path, bytes, options, link)
    return true
  } catch (thrown) {
    if (errnoOf(thrown) === 'EEXIST') return false
    throw diskError(thrown, path)
  }
}

/** Makes a folder and those above it, for their owner only, so that they survive a power cut. */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await makeDurably(resolve(path))
  } catch (thrown) {
    throw diskError(thrown, path)
  }
}

/**
 * Node's own recursive mkdir says of a disk that is full, or may only be read, that there is no such entry; and never returns where a file
 * system says so of a folder that is there (/proc).
 */
async function makeDurably(path: string, below = true): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (thrown) {
    if (errnoOf(thrown) === 'EEXIST' && (await stat(path)).isDirectory()) return
    if (!below || !isMissing(thrown) || dirname(path) === path) throw thrown
    await makeDurably(dirname(path))
    return makeDurably(path, false)
  }
  await syncDirectory(dirname(path))
}

/** Makes what was renamed into a folder, or made in it, survive a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  try {
    await using directory = await open(path, 'r')
    await directory.sync()
  } catch (thrown) {
    if (!isNoSync(thrown)) throw thrown
  }
}

/** Windows syncs no folders: there it is for the file system to keep what was renamed. */
export function isNoSync(thrown: unknown, platform: NodeJS.Platform = process.platform): boolean {
  return platform === 'win32' && ['EPERM', 'EISDIR'].includes(errnoOf(thrown) ?? '')
}

/** `place` gives the finished temporary file its name in one step. */
async function write(
  path: string,
  bytes: Uint8Array,
  { mode = 0o600, signal }: WriteOptions,
  place: (temp: string, path: string) => Promise<void>,
): Promise<void> {
  refuseAborted(signal)
  const temp = `${path}.${randomUUID()}${TEMP_SUFFIX}`
  try {
    await writeDurably(temp, bytes, mode)
    refuseAborted(signal)
    await place(temp, path)
    await syncDirectory(dirname(path))
  } finally {
    await rm(temp, { force: true })
  }
}

async function writeDurably(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  await using file = await open(path, 'wx', mode)
  await file.writeFile(bytes)
  await file.sync()
}
