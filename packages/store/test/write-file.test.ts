import { spawnSync } from 'node:child_process'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { writeFileAtomic } from '../src/index.ts'
import { isNoSync } from '../src/write-file.ts'
import { filesIn, tempDir } from './temp-dir.ts'

const text = (word: string): Uint8Array => new TextEncoder().encode(word)

describe('writeFileAtomic', () => {
  it('replaces a file, and leaves nothing else behind', async () => {
    const dir = await tempDir()
    const path = join(dir, 'key')
    await writeFileAtomic(path, text('one'))
    await writeFileAtomic(path, text('two'), { mode: 0o644 })
    expect(await readFile(path, 'utf8')).toBe('two')
    expect((await stat(path)).mode & 0o777).toBe(0o644)
    expect(await filesIn(dir)).toEqual([path])
  })

  it('is for the owner only unless told otherwise', async () => {
    const path = join(await tempDir(), 'key')
    await writeFileAtomic(path, text('secret'))
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('leaves the old content when it is cancelled or fails', async () => {
    const dir = await tempDir()
    const path = join(dir, 'key')
    await writeFile(path, 'old')
    const cancelled = writeFileAtomic(path, text('new'), { signal: AbortSignal.abort() })
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' })
    expect(await readFile(path, 'utf8')).toBe('old')

    await mkdir(join(dir, 'folder'))
    const failed = writeFileAtomic(join(dir, 'folder'), text('new'))
    await expect(failed).rejects.toMatchObject({ code: 'bad-config', message: expect.stringContaining('folder') })
    expect(await filesIn(dir)).toEqual([path])
  })
})

it('takes it for no fault on Windows that a folder cannot be synced', () => {
  const fails = (code: string): Error => Object.assign(new Error(code), { code })
  expect(['EPERM', 'EISDIR', 'EIO'].map((code) => isNoSync(fails(code), 'win32'))).toEqual([true, true, false])
  expect(isNoSync(fails('EPERM'), 'linux')).toBe(false)
})

const readOnly = spawnSync('unshare', ['-Urm', 'true']).status === 0

test.skipIf(!readOnly)(
  'a disk that may only be read is named, where a folder should be made (needs unshare -Urm)',
  async () => {
    const dir = await tempDir()
    const script =
      'mount -t tmpfs -o ro hither "$0" && exec "$1" --conditions=hither-source --input-type=module -e "$2"'
    const program = `
    import { makeDirectory } from '${new URL('../src/index.ts', import.meta.url).href}'
    await makeDirectory('${dir}/a/b').catch(({ code, why }) => console.log(code, why))`
    const { stdout } = spawnSync('unshare', ['-Urm', 'sh', '-c', script, dir, process.execPath, program], {
      encoding: 'utf8',
    })
    expect(stdout).toMatch(/^bad-config EROFS/)
  },
)
