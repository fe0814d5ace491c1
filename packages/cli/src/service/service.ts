import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { HitherError } from '@hither/core'
import { UNIT_MARK, unitText, type UnitInit } from './unit.ts'

const NAME = 'hither.service'
const run = promisify(execFile)

export function unitPath(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'systemd/user', NAME)
}

/** Writes the unit, and has systemd start it now and at every login. Throws `unsupported`, `bad-config`. */
export async function install(unit: UnitInit): Promise<{ path: string; lingers: string }> {
  const path = unitPath()
  await systemctl('show-environment')
  await checkOurs(path)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, unitText(unit))
  await systemctl('daemon-reload')
  await systemctl('enable', NAME)
  await systemctl('restart', NAME)
  return { path, lingers: `loginctl enable-linger ${userInfo().username}` }
}

/** Stops the peer and removes its unit; false where there was none. Throws as `install`. */
export async function uninstall(): Promise<boolean> {
  const path = unitPath()
  if (!(await checkOurs(path))) return false
  await systemctl('disable', '--now', NAME)
  await rm(path)
  await systemctl('daemon-reload')
  return true
}

/** Whether there is a unit; one that somebody else wrote is left alone. */
async function checkOurs(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return false
  if (text.startsWith(UNIT_MARK)) return true
  throw new HitherError('bad-config', `${path} was not written by fn`, { fix: 'move it away, and try again' })
}

async function systemctl(...args: string[]): Promise<void> {
  try {
    await run('systemctl', ['--user', ...args])
  } catch (cause) {
    throw new HitherError('unsupported', `systemctl --user ${args.join(' ')} failed`, {
      why: cause instanceof Error ? cause.message.trim() : String(cause),
      fix: 'where no systemd runs for this user, have another service manager keep `fn up` running: it ends in good order on SIGTERM',
      cause,
    })
  }
}
