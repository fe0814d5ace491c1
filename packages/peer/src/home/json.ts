import { readFile } from 'node:fs/promises'
import { HitherError } from '@hither/core'
import { writeFileAtomic } from '@hither/store'

/** A JSON file of the user's; undefined where there is none. Throws `bad-config` with the place of the fault. */
export async function readJson(path: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
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

export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`), { mode: 0o600 })
}
