import { open, readFile, rm, stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { HitherError } from '@hither/core'
import { writeFileAtomic } from '@hither/store'
import { LOCK_RETRY_MS, LOCK_STALE_MS } from '../limits/home.ts'
import { codeOf } from './error-code.ts'

/** A JSON file of the user's; undefined where there is none. Throws `bad-config` with the place of the fault. */
export async function readJson(path: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new HitherError('bad-config', `${path} cannot be read`, { why: String(error), cause: error })
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new HitherError('bad-config', `${path} is not JSON`, {
      why: cause instanceof Error ? cause.message : String(cause),
      fix: 'mend the file, or move it away to start from the defaults',
      cause,
    })
  }
}

/** Changes a JSON file from what it says now, so that two commands at once lose neither's change. */
export async function changeJson<T>(
  path: string,
  change: (before: unknown) => { after: unknown; result: T },
): Promise<T> {
  const lock = `${path}.lock`
  await takeLock(lock)
  try {
    const { after, result } = change(await readJson(path))
    await writeFileAtomic(path, new TextEncoder().encode(`${JSON.stringify(after, null, 2)}\n`), { mode: 0o600 })
    return result
  } finally {
    await rm(lock, { force: true })
  }
}

/** A file that only one process can make. One that is old was left by a process that died. */
async function takeLock(path: string): Promise<void> {
  for (let waitedMs = 0; waitedMs <= 2 * LOCK_STALE_MS; waitedMs += LOCK_RETRY_MS) {
    try {
      const file = await open(path, 'wx', 0o600)
      await file.close()
      return
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') {
        throw new HitherError('bad-config', `${path} cannot be made`, { why: String(error), cause: error })
      }
    }
    if (await isStale(path)) await rm(path, { force: true })
    else await pause(LOCK_RETRY_MS)
  }
  throw new HitherError('bad-config', `${path} is held by another process`, { fix: `if none runs, remove ${path}` })
}

async function isStale(path: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs > LOCK_STALE_MS
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}
