import type * as Fs from 'node:fs'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, it, vi } from 'vitest'
import { ownBundler, project } from './project.ts'

const builds = ownBundler()

/** Paths that may not be read: permissions on disk would mean nothing where root runs the tests. */
const kept = vi.hoisted(() => new Set<string>())

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof Fs>()
  const createReadStream: typeof fs.createReadStream = (path, options) => {
    if (!kept.has(String(path))) return fs.createReadStream(path, options)
    const denied = new Error(`EACCES: permission denied, open '${String(path)}'`)
    return new Readable().destroy(Object.assign(denied, { code: 'EACCES' })) as Fs.ReadStream
  }
  return { ...fs, createReadStream }
})

const FILES = { 'shop/index.ts': "export default () => new Response('hello')", 'fn.json': '{ "effects": "pure" }' }

it('overlooks an fn.json above the handler that it may not read', async () => {
  const dir = await project({ ...FILES, 'package.json': '{ "hither": { "effects": "idempotent" } }' })
  kept.add(join(dir, 'fn.json'))
  expect((await builds.build(join(dir, 'shop'))).manifest.effects).toBe('idempotent')
})

it.each(['package.json', 'fn.json'])('refuses a %s beside the handler that it may not read', async (file) => {
  const dir = await project(FILES)
  kept.add(join(dir, 'shop', file))
  await expect(builds.build(join(dir, 'shop'))).rejects.toMatchObject({
    code: 'bad-config',
    message: expect.stringContaining(join('shop', file)),
    why: expect.stringContaining('EACCES'),
  })
})

it.skipIf(process.getuid?.() === 0)(
  'says what to do about a package.json above the handler that esbuild may not read (not as root)',
  async () => {
    const dir = await project({ ...FILES, 'package.json': '{}' })
    await chmod(join(dir, 'package.json'), 0)
    await expect(builds.build(join(dir, 'shop'))).rejects.toMatchObject({
      code: 'build-failed',
      message: 'Cannot read file "../package.json": permission denied',
      fix: expect.stringContaining('let this user read it'),
    })
  },
)
