import { readManifest, verifyBlock, type BuildProgress } from '@hither/core'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bundler } from '../src/index.ts'
import { load } from './load.ts'
import { ownBundler, project } from './project.ts'

const builds = ownBundler()

const HELLO = "export default () => new Response('hello')"

describe('a built function', () => {
  it('is a manifest, a bundle and a source map that fit together', async () => {
    const { cid, manifest, blocks } = await builds.build(await project({ 'index.ts': HELLO }))
    for (const block of blocks) await verifyBlock(block.cid, block.bytes)
    const [head, bundle, map] = blocks
    expect(head?.cid).toEqual(cid)
    expect(readManifest(head?.bytes ?? new Uint8Array(0))).toEqual(manifest)
    expect([manifest.bundle, manifest.map]).toEqual([bundle?.cid, map?.cid])
    expect(manifest).toMatchObject({ exports: ['default'], effects: 'undeclared', egress: [], needs: [], env: {} })
  })

  it('is one module that runs alone, lazy and CommonJS parts included', async () => {
    const dir = await project({
      'index.ts': `
        import { Shape } from './types.ts'
        import cjs from './old.cjs'
        export default async () => (await import('./lazy.ts')).word + cjs.word
        export const mode: Shape = process.env.NODE_ENV as unknown as Shape`,
      'types.ts': 'export interface Shape { side: number }',
      'old.cjs': "module.exports = { word: 'old' }",
      'lazy.ts': "export const word = 'lazy '",
    })
    const { blocks, manifest } = await builds.build(dir)
    const loaded = await load(blocks[1])
    expect(await (loaded['default'] as () => Promise<string>)()).toBe('lazy old')
    expect(loaded['mode']).toBe('production')
    expect(manifest.exports).toEqual(['default', 'mode'])
  })

  it('may have named exports alone, which are called by RPC', async () => {
    const dir = await project({
      'index.ts': `
        export { total as sum } from './sum.ts'
        export const add = (a: number, b: number): number => a + b
        export interface Pair { a: number; b: number }`,
      'sum.ts': 'export const total = (...all: number[]) => all.reduce((a, b) => a + b, 0)',
    })
    const { manifest, blocks } = await builds.build(dir)
    expect(manifest.exports).toEqual(['add', 'sum'])
    const { add, sum } = (await load(blocks[1])) as Record<string, (...numbers: number[]) => number>
    expect([add?.(40, 2), sum?.(1, 2, 3)]).toEqual([42, 6])
  })

  it('leaves the handler’s folder as it was', async () => {
    const dir = await project({ 'index.ts': HELLO })
    await builds.build(dir)
    expect(await readdir(dir)).toEqual(['index.ts'])
  })

  it('takes packages’ optional imports as absent, as they expect', async () => {
    const dir = await project({
      'index.ts': "let fs; try { fs = require('fs') } catch {} export default () => new Response(String(fs))",
    })
    const { blocks, warnings } = await builds.build(dir)
    const { default: handler } = await load(blocks[1])
    expect(await (handler as () => Response)().text()).toBe('undefined')
    expect(warnings).toEqual([])
  })

  it('takes lazy imports that are guarded as absent, too', async () => {
    const dir = await project({
      'index.ts': "export default () => import('not-installed').catch(() => 'without')",
    })
    const { warnings, blocks } = await builds.build(dir)
    const { default: handler } = await load(blocks[1])
    expect(await (handler as () => Promise<string>)()).toBe('without')
    expect(warnings).toEqual([])
  })

  it('warns of what is imported by a variable, in packages too', async () => {
    const dir = await project({
      'index.ts': "import { old } from 'pack'\nexport default (name) => import(name) ?? old",
      'node_modules/pack/package.json': '{ "name": "pack", "main": "main.js" }',
      'node_modules/pack/main.js': 'exports.old = (name) => require(name)',
    })
    const { warnings } = await builds.build(dir)
    expect(warnings.toSorted()).toEqual([
      expect.stringMatching(/^index\.ts:2:25: .*"import".* not a string literal$/),
      expect.stringMatching(/^node_modules\/pack\/main\.js:1:24: .*"require".* not a string literal$/),
    ])
  })

  it('warns of times at which nothing could be called', async () => {
    const dir = await project({
      'named.ts': 'export const scheduled = () => {}',
      'default.ts': 'export default { scheduled() {} }',
      'fn.json': '{ "name": "named", "entry": "named.ts", "crons": ["* * * * *"] }',
    })
    expect((await builds.build(dir)).warnings).toEqual([expect.stringContaining('"crons"')])
    await writeFile(join(dir, 'fn.json'), '{ "name": "named", "entry": "default.ts", "crons": ["* * * * *"] }')
    expect((await builds.build(dir)).warnings).toEqual([])
  })

  it('carries esbuild’s warnings as plain text', async () => {
    const dir = await project({
      'index.ts': "export default (x) => { if (typeof x === '\u001b[31mnope') return new Response('') }",
    })
    const { warnings } = await builds.build(dir)
    expect(warnings).toEqual([expect.stringMatching(/^index\.ts:1:\d+: \P{Cc}+nope\P{Cc}+$/u)])
  })
})

describe('building', () => {
  it('tells when it is done', async () => {
    const times = [5, 17]
    const timed = bundler({ now: () => times.shift() ?? 0 })
    const events: BuildProgress[] = []
    const { blocks } = await timed.build(await project({ 'index.ts': HELLO }), {
      onProgress: (event) => events.push(event),
    })
    expect(events).toEqual([{ type: 'build:bundled', bytes: blocks[1]?.bytes.length, ms: 12 }])
  })

  it('stops when it is cancelled, before and in the middle', async () => {
    const dir = await project({ 'index.ts': HELLO })
    await expect(builds.build(dir, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' })
    const many = Array.from({ length: 300 }, (_, n) => `import './part${n}.ts'`).join('\n')
    await writeFile(join(dir, 'index.ts'), `${many}\n${HELLO}`)
    for (let n = 0; n < 300; n++) await writeFile(join(dir, `part${n}.ts`), 'globalThis.x = '.repeat(3000) + '1')
    const abort = new AbortController()
    const building = builds.build(dir, { signal: abort.signal })
    setImmediate(() => abort.abort())
    await expect(building).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('builds many at once, and again after it was stopped', async () => {
    const own = bundler()
    const dirs = await Promise.all(
      [1, 2, 3, 4].map((n) => project({ 'index.ts': `export default () => new Response('${n}')` })),
    )
    const built = await Promise.all(dirs.map((dir) => own.build(dir)))
    expect(new Set(built.map(({ cid }) => cid.toString())).size).toBe(4)
    await own.stop()
    expect((await own.build(dirs[0] ?? '')).cid).toEqual(built[0]?.cid)
    await own.stop()
  })
})
