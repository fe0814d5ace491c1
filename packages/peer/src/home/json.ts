import { readFile } from 'node:fs/promises'
import { HitherError } from '@hither/core'
import { writeFileAtomic } from '@hither/store'
import { codeOf } from './error-code.ts'
import { locked } from './lock.ts'

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
    await writeFileAtomic(path, new TextEncoder().encode(`${JSON.stringify(after, null, 2)}\n`), { mode: 0o600 })
    return written()
  })
}
