import { createReadStream } from 'node:fs'
import { HitherError, readWhole, toHitherError } from '@hither/core'
import { writeFileAtomic } from '@hither/store'
import { JSON_FILE_MAX_BYTES } from '../limits/home.ts'
import { codeOf } from './error-code.ts'
import { locked } from './lock.ts'

/** A JSON file of the user's; undefined where there is none. Throws `bad-config` with the place of the fault. */
export async function readJson(path: string): Promise<unknown> {
  let text: string
  try {
    text = new TextDecoder().decode(await readWhole(createReadStream(path), JSON_FILE_MAX_BYTES))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    if (toHitherError(error).code === 'too-large') throw tooLong(path)
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

/** A JSON value to write, and what to do once it is on disk. */
export interface JsonChange<T> {
  after: unknown
  written: () => T
}

/**
 * Changes a JSON file from what it says now, so that two commands at once lose neither's change. What is held of it in memory changes
 * in `written`: a change that never came to the disk is none, and of two changes the later is in force in both places.
 */
export async function changeJson<T>(path: string, change: (before: unknown) => JsonChange<T>): Promise<T> {
  return locked(path, async () => {
    const { after, written } = change(await readJson(path))
    const bytes = new TextEncoder().encode(`${JSON.stringify(after, null, 2)}\n`)
    // Nobody could read it again.
    if (bytes.length > JSON_FILE_MAX_BYTES) throw tooLong(path)
    await writeFileAtomic(path, bytes, { mode: 0o600 })
    return written()
  })
}

function tooLong(path: string): HitherError {
  return new HitherError('bad-config', `${path} is too long`, {
    why: `such a file has at most ${JSON_FILE_MAX_BYTES} bytes`,
    fix: 'take out of it what is not needed, or move it away to start from the defaults',
  })
}
