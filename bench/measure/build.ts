import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { AtEnd } from './at-end.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Peers run from the build: makes it of the sources as they are, so that nothing older is measured. Throws where that fails. */
export async function build(atEnd: AtEnd): Promise<void> {
  console.error('building what peers run')
  const over = new AbortController()
  atEnd(() => over.abort())
  await promisify(execFile)('npm', ['run', 'build'], { cwd: ROOT, signal: over.signal })
}
