import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What runs in sandbox processes, and in their isolates, is run from its build: make it current before any test starts. */
export async function setup(): Promise<void> {
  const build = (script: string): Promise<unknown> =>
    promisify(execFile)(process.execPath, [`packages/sandbox/scripts/${script}`], { cwd: root })
  await Promise.all([build('build-guest.ts'), build('build-child.ts')])
}
