import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { AtEnd } from './at-end.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** In their order: what comes later is made of what came before. Types are the compiler's business, and no peer runs them. */
const SCRIPTS = [
  'bundle/scripts/build-nodejs.ts',
  'sandbox/scripts/build-guest.ts',
  'sandbox/scripts/build-child.ts',
  'sdk/scripts/build-library.ts',
  'cli/scripts/build-command.ts',
  'cli/scripts/copy-templates.ts',
]

/** Peers run from the build: makes it of the sources as they are, so that nothing older is measured. Throws where that fails. */
export async function build(atEnd: AtEnd): Promise<void> {
  console.error('building what peers run')
  const over = new AbortController()
  atEnd(() => over.abort())
  for (const script of SCRIPTS) {
    await promisify(execFile)(process.execPath, [`packages/${script}`], { cwd: ROOT, signal: over.signal })
  }
}
