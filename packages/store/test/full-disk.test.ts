import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { tempDir } from './temp-dir.ts'

const CHILD = fileURLToPath(new URL('children/full-disk.ts', import.meta.url))
const MOUNT = 'mount -t tmpfs -o size=1m hither "$0"'

/** A mount that only this process and its children see needs no rights, where the system allows user namespaces. */
const mountable = spawnSync('unshare', ['-Urm', 'sh', '-c', MOUNT, '/mnt']).status === 0

it.skipIf(!mountable)(
  'stays whole on a full disk and goes on when there is room (needs unshare -Urm)',
  async () => {
    const script = `${MOUNT} && exec "$1" --conditions=hither-source "$2" "$0"`
    const args = ['-Urm', 'sh', '-c', script, await tempDir(), process.execPath, CHILD]
    const { stdout } = await promisify(execFile)('unshare', args, { timeout: 30_000 })
    const { stored } = JSON.parse(stdout) as { stored: number }
    expect(stored).toBeGreaterThan(10)
  },
  40_000,
)
