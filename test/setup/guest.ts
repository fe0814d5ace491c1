import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The guest runtime is run from its build: make it current before any test starts. */
export async function setup(): Promise<void> {
  await promisify(execFile)(process.execPath, ['packages/sandbox/scripts/build-guest.ts'], { cwd: root })
}
