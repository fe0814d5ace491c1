import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, onTestFinished } from 'vitest'
import { bundler, type WatchingBundler } from '../src/index.ts'

/** A bundler for a test file, stopped at its end. */
export function ownBundler(): WatchingBundler {
  const builds = bundler()
  afterAll(() => builds.stop())
  return builds
}

/** Writes files into a fresh folder that is gone after the test, and returns the folder. */
export async function project(files: Record<string, string | Uint8Array>, under = ''): Promise<string> {
  const top = await realpath(await mkdtemp(join(tmpdir(), 'hither-bundle-')))
  onTestFinished(() => rm(top, { recursive: true, force: true }))
  const dir = join(top, under)
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), content)
  }
  return dir
}
