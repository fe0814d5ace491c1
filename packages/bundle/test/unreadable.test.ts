import type * as Fs from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { builds, project } from './project.ts'

/** Paths that may not be read: permissions on disk would mean nothing where root runs the tests. */
const kept = vi.hoisted(() => new Set<string>())

vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof Fs>()
  const readFile = async (path: string, encoding: 'utf8'): Promise<string> => {
    if (kept.has(path)) throw Object.assign(new Error(`EACCES: permission denied, open '${path}'`), { code: 'EACCES' })
    return fs.readFile(path, encoding)
  }
  return { ...fs, readFile }
})

const FILES = { 'shop/index.ts': "export default () => new Response('hello')", 'fn.json': '{ "effects": "pure" }' }

it.each(['package.json', 'fn.json'])('overlooks a %s above the handler that it may not read', async (file) => {
  const dir = await project({ ...FILES, [file]: '{ "effects": "idempotent" }' })
  kept.add(join(dir, file))
  const { manifest } = await builds.build(join(dir, 'shop'))
  expect(manifest.effects).toBe(file === 'fn.json' ? 'undeclared' : 'pure')
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
