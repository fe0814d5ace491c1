import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { setup as buildGuest } from './guest.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Tests across packages run the `fn` command as users do, from its build, with the templates that it copies. */
export async function setup(): Promise<void> {
  await promisify(execFile)(process.execPath, ['packages/bundle/scripts/build-nodejs.ts'], { cwd: root })
  await promisify(execFile)(process.execPath, ['packages/sdk/scripts/build-library.ts'], { cwd: root })
  await promisify(execFile)(process.execPath, ['packages/cli/scripts/build-command.ts'], { cwd: root })
  await promisify(execFile)(process.execPath, ['packages/cli/scripts/copy-templates.ts'], { cwd: root })
  await buildGuest()
}
