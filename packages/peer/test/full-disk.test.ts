import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

const CHILD = fileURLToPath(new URL('children/full-disk.ts', import.meta.url))
const MOUNT = 'mount -t tmpfs -o size=1m hither "$0"'

/** A mount that only this process and its children see needs no rights, where the system allows user namespaces. */
const mountable = spawnSync('unshare', ['-Urm', 'sh', '-c', MOUNT, '/mnt']).status === 0

test.skipIf(!mountable)(
  'what a full disk did not take is not in force (needs unshare -Urm)',
  async () => {
    const dir = await mkdtemp(join(tmpdir(), 'hither-full-'))
    onTestFinished(() => rm(dir, { recursive: true }))
    const script = `${MOUNT} && exec "$1" --conditions=hither-source "$2" "$0"`
    const args = ['-Urm', 'sh', '-c', script, dir, process.execPath, CHILD]
    expect((await promisify(execFile)('unshare', args, { timeout: 30_000 })).stdout).toBe('done')
  },
  40_000,
)
