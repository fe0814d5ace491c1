import { cp, mkdir, rename, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { ownBundler, project } from './project.ts'

const builds = ownBundler()

/** Modules of every kind that esbuild wraps differently: ES modules, CommonJS, JSON, text, lazy ones. */
const FILES = {
  'package.json': '{ "name": "demo", "hither": { "effects": "pure" } }',
  'src/index.tsx': `
    import { shout } from '../lib/shout.ts'
    import cjs from 'old-style'
    import { same } from 'modern'
    import data from './data.json'
    import note from './note.txt'
    export default async (request: Request) => {
      const { lazy } = await import('./lazy.ts')
      return new Response(shout(cjs.name + same + data.n + note + lazy() + new URL(request.url).pathname))
    }
    export function add(a: number, b: number) { return a + b }`,
  'src/data.json': '{ "n": 42 }',
  'src/note.txt': 'a note',
  'src/lazy.ts': "export const lazy = () => 'late'",
  'lib/shout.ts': `
    class Voice { text; constructor(text: string) { this.text = text } say() { return this.text.toUpperCase() } }
    export const shout = (text: string) => new Voice(text).say()`,
  'node_modules/old-style/package.json': '{ "name": "old-style", "main": "lib/main.js" }',
  'node_modules/old-style/lib/main.js': "exports.name = require('./part.js').part + typeof __filename",
  'node_modules/old-style/lib/part.js': "exports.part = 'part'",
  'node_modules/modern/package.json':
    '{ "name": "modern", "exports": { "workerd": "./worker.js", "default": "./node.js" } }',
  'node_modules/modern/worker.js': "export const same = 'worker'",
  'node_modules/modern/node.js': "import 'node:fs'; export const same = 'node'",
}

it('gives one CID in every folder', async () => {
  const here = await project(FILES)
  const there = await project(FILES, 'a/much/deeper/folder with spaces/demo ö')
  const [first, second] = [await builds.build(join(here, 'src/index.tsx')), await builds.build(there)]
  expect(second.cid.toString()).toBe(first.cid.toString())
  expect(second.blocks.map(({ cid }) => cid.toString())).toEqual(first.blocks.map(({ cid }) => cid.toString()))
  expect(first.manifest.exports).toEqual(['add', 'default'])
})

it('does not care where packages are hoisted to', async () => {
  const flat = await project(FILES)
  const hoisted = await project(FILES, 'repo/apps/one')
  await rename(join(hoisted, 'node_modules'), join(dirname(dirname(hoisted)), 'node_modules'))
  expect((await builds.build(hoisted)).cid.toString()).toBe((await builds.build(flat)).cid.toString())
})

it('does not care when files were written, or what lies above the project', async () => {
  const old = await project(FILES)
  const copy = await project({
    'tsconfig.json': '{ "compilerOptions": { "useDefineForClassFields": false } }',
    'x/y': '',
  })
  await mkdir(join(copy, 'x'), { recursive: true })
  await cp(old, join(copy, 'x/project'), { recursive: true })
  for (const path of Object.keys(FILES)) await utimes(join(copy, 'x/project', path), 1, 1)
  expect((await builds.build(join(copy, 'x/project'))).cid.toString()).toBe((await builds.build(old)).cid.toString())
})

it('names no folder of this machine in any block', async () => {
  const dir = await project(FILES, 'secret-place')
  const { blocks } = await builds.build(dir)
  const text = blocks.map(({ bytes }) => new TextDecoder().decode(bytes)).join('\n')
  expect(text).not.toContain('secret-place')
  expect(text).not.toContain('/tmp/')
  const [, , map] = blocks
  const { sources } = JSON.parse(new TextDecoder().decode(map?.bytes)) as { sources: string[] }
  expect(sources).toEqual(
    expect.arrayContaining([
      'index.tsx',
      '../lib/shout.ts',
      'node_modules/modern/worker.js',
      'node_modules/old-style/lib/part.js',
    ]),
  )
})

it('gives another CID for other source, other packages or another configuration', async () => {
  const changes = {
    'lib/shout.ts': 'export const shout = (text: string) => text.toLowerCase()',
    'node_modules/old-style/lib/part.js': "exports.part = 'other part'",
    'package.json': '{ "name": "demo", "hither": { "effects": "idempotent" } }',
  }
  const cids = new Set([(await builds.build(await project(FILES))).cid.toString()])
  for (const [path, text] of Object.entries(changes)) {
    cids.add((await builds.build(await project({ ...FILES, [path]: text }))).cid.toString())
  }
  expect(cids.size).toBe(4)
})
