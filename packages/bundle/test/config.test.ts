import { DEFAULT_LIMITS, type Built } from '@hither/core'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ownBundler, project } from './project.ts'

const builds = ownBundler()

const HELLO = "export default () => new Response('hello')"

async function build(files: Record<string, string>, path = '.'): Promise<Built> {
  return builds.build(join(await project(files), path))
}

describe('a handler’s name', () => {
  it.each([
    ['shop/index.ts', 'shop/index.ts', 'shop'],
    ['shop/src/index.ts', 'shop', 'shop'],
    ['shop/src/handler.js', 'shop/src/handler.js', 'shop'],
    ['fns/Render Page.ts', 'fns/Render Page.ts', 'render-page'],
    ['fns/a.b_c.tsx', 'fns/a.b_c.tsx', 'a-b-c'],
    [`fns/${'x'.repeat(80)}.ts`, `fns/${'x'.repeat(80)}.ts`, 'x'.repeat(63)],
  ])('of %s is made from its path', async (file, path, name) => {
    expect((await build({ [file]: HELLO }, path)).name).toBe(name)
  })

  it('must be given where none can be made', async () => {
    await expect(build({ '日本.ts': HELLO }, '日本.ts')).rejects.toMatchObject({
      code: 'bad-config',
      fix: expect.any(String),
    })
    expect((await build({ 'ünï.ts': HELLO }, 'ünï.ts')).name).toBe('uni')
    await expect(build({ '日本shop.ts': HELLO }, '日本shop.ts')).rejects.toMatchObject({
      fix: expect.stringContaining('--name'),
    })
    const decided = await builds.build(join(await project({ '日本shop.ts': HELLO }), '日本shop.ts'), { name: 'uni' })
    expect(decided.name).toBe('uni')
    expect((await build({ '日本.ts': HELLO, 'fn.json': '{ "name": "nihon" }' }, '日本.ts')).name).toBe('nihon')
  })
})

describe('a folder’s handler', () => {
  it.each(['index.mjs', 'index.mts', 'src/index.cts', 'handler.mjs', 'src/handler.mts', 'index.cjs'])(
    'is found as %s',
    async (file) => {
      const text = file.includes('.c') ? "exports.default = () => new Response('hello')" : HELLO
      expect((await build({ [`shop/${file}`]: text }, 'shop')).name).toBe('shop')
    },
  )

  it.each([
    [{ main: 'lib/server.ts' }, 'server'],
    [{ main: './lib/server.ts', module: 'lib/modern.mjs' }, 'modern'],
    [{ main: 'lib/server.ts', module: 'lib/gone.mjs' }, 'server'],
    [{ main: 'lib/server.ts', module: 'lib/data.json' }, 'server'],
    [{ main: 'lib/server.ts', module: 'lib/folder.js' }, 'server'],
    [{ main: 'lib/server.ts', module: 7, hither: { effects: 'pure' } }, 'server'],
    [{ main: 'lib/server.ts', hither: { entry: 'lib/modern.mjs' } }, 'modern'],
  ])('is what its package.json says: %j', async (json, name) => {
    const built = await build({
      'package.json': JSON.stringify(json),
      'lib/server.ts': HELLO,
      'lib/modern.mjs': HELLO,
      'lib/data.json': '{}',
      'lib/folder.js/readme': '',
    })
    expect(built.name).toBe(name)
  })

  it('is its source, not what was built of it', async () => {
    const files = { 'package.json': '{ "main": "dist/index.js" }', 'src/index.ts': HELLO, 'dist/index.js': 'old' }
    expect((await build(files)).manifest.exports).toEqual(['default'])
  })

  it('is not the project’s, where it is a folder inside', async () => {
    const files = { 'package.json': '{ "main": "main.ts" }', 'main.ts': HELLO, 'inside/readme': '' }
    await expect(build(files, 'inside')).rejects.toMatchObject({ code: 'build-failed' })
  })
})

describe('the configuration', () => {
  const full = {
    name: 'shop',
    entry: 'main.ts',
    effects: 'idempotent',
    limits: { memoryMb: 64 },
    egress: ['b.example.com', 'A.example.com:8080', 'b.example.com'],
    needs: ['wasm'],
    env: { GREETING: 'hi' },
    compat: '2026-11-20',
  }
  const wanted = {
    effects: 'idempotent',
    limits: { ...DEFAULT_LIMITS, memoryMb: 64 },
    egress: ['a.example.com:8080', 'b.example.com'],
    needs: ['wasm'],
    env: { GREETING: 'hi' },
    compat: '2026-11-20',
  }

  it('is read from fn.json, and from package.json', async () => {
    const [one, two] = [
      await build({ 'main.ts': HELLO, 'fn.json': JSON.stringify(full) }),
      await build({ 'main.ts': HELLO, 'package.json': JSON.stringify({ hither: full }) }),
    ]
    expect(one.manifest).toMatchObject(wanted)
    expect(one.name).toBe('shop')
    expect(two.cid).toEqual(one.cid)
  })

  it('names the secrets that it needs, in one order, and leaves out the field where it needs none', async () => {
    const secrets = async (json: string) => (await build({ 'index.ts': HELLO, 'fn.json': json })).manifest
    expect((await secrets('{ "secrets": ["B", "A", "B"] }')).secrets).toEqual(['A', 'B'])
    expect(await secrets('{ "secrets": [] }')).not.toHaveProperty('secrets')
  })

  it('is the same whether the folder or the file is built', async () => {
    const dir = await project({ 'src/index.ts': HELLO, 'fn.json': '{ "effects": "pure" }' })
    const [folder, file] = [await builds.build(dir), await builds.build(join(dir, 'src/index.ts'))]
    expect(folder.manifest.effects).toBe('pure')
    expect(file.cid).toEqual(folder.cid)
  })

  it('prefers the nearest fn.json, and ends at the project', async () => {
    const files = {
      'fn.json': '{ "effects": "pure" }',
      'project/package.json': '{ "hither": { "effects": "idempotent" } }',
      'project/a/index.ts': HELLO,
      'project/b/index.ts': HELLO,
      'project/b/fn.json': '{ "env": { "B": "1" } }',
    }
    expect((await build(files, 'project/a')).manifest).toMatchObject({ effects: 'idempotent', env: {} })
    expect((await build(files, 'project/b')).manifest).toMatchObject({ effects: 'undeclared', env: { B: '1' } })
  })

  it('is about the handler that it names, and no other', async () => {
    const files = {
      'package.json': '{ "hither": { "name": "main", "entry": "main.ts" } }',
      'main.ts': HELLO,
      'other.ts': HELLO,
    }
    expect((await build(files)).name).toBe('main')
    expect((await build(files, 'main.ts')).name).toBe('main')
    expect((await build(files, 'other.ts')).name).toBe('other')
  })

  it.each(['fn.json', 'package.json'])('may begin with a byte order mark in %s', async (file) => {
    const config = { effects: 'pure' }
    const json = JSON.stringify(file === 'fn.json' ? config : { hither: config })
    expect((await build({ 'index.ts': HELLO, [file]: `\uFEFF${json}` })).manifest.effects).toBe('pure')
  })

  it.each(['fn.json', 'package.json'])('is not a folder named %s', async (file) => {
    const files = { 'package.json': '{ "hither": { "effects": "pure" } }', [`inside/${file}/readme`]: '' }
    expect((await build({ ...files, 'inside/index.ts': HELLO }, 'inside')).manifest.effects).toBe('pure')
  })

  it.each([
    ['{ "name": "Not A Name" }', /"name": a name is/],
    ['{ "limits": { "memoryMb": 1 } }', /in "limits", "memoryMb" must be/],
    ['{ "limits": { "memory": 64 } }', /in "limits", .*"memory"/],
    ['{ "effects": "none" }', /"effects" must be one of/],
    ['{ "egress": ["https://x.org/"] }', /"egress" lists "https:\/\/x\.org\/"/],
    ['{ "crons": ["every minute"] }', /"crons" lists "every minute"/],
    ['{ "needs": ["gpu"] }', /"needs" lists "gpu"/],
    ['{ "env": { "A": 1 } }', /"env" must be/],
    ['{ "secrets": { "TOKEN": "x" } }', /"secrets" must be a list/],
    ['{ "secrets": ["TOKEN=x"] }', /"secrets" lists "TOKEN=x"/],
    ['{ "secrets": ["A"], "env": { "A": "x" } }', /"A" is in both/],
    ['{ "compat": "today" }', /"compat" must be a date/],
    ['{ "compat": "2026-13-40" }', /"compat" is 2026-13-40, which is no day/],
    ['{ "compat": "2026-02-30" }', /"compat" is 2026-02-30, which is no day/],
    ['{ "compat": "9999-01-01" }', /"compat" is 9999-01-01, a day that has not come yet/],
    ['{ "env": { "MY KEY": "x" } }', /"env" names "MY KEY"/],
    ['{ "env": { "": "x" } }', /"env" names ""/],
    ['null', /it is not a map/],
    ['{ "memory": 64 }', /unknown field "memory"/],
    ['[]', /not a map/],
    ['{\n  "name": "a",\n  oops\n}', /line 3/],
  ])('refuses %s, naming file and field', async (json, why) => {
    await expect(build({ 'index.ts': HELLO, 'fn.json': json })).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining('fn.json'),
      why: expect.stringMatching(why),
    })
  })

  it('must name a handler that is there', async () => {
    await expect(build({ 'fn.json': '{ "entry": "nope.ts" }' })).rejects.toMatchObject({ code: 'bad-config' })
  })
})
