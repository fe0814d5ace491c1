import { BLOCK_MAX_BYTES, type HitherError } from '@hither/core'
import { expect, it } from 'vitest'
import { ownBundler, project } from './project.ts'

const builds = ownBundler()

async function failure(files: Record<string, string>): Promise<HitherError> {
  return builds.build(await project(files)).then(
    () => {
      throw new Error('it was built')
    },
    (thrown: HitherError) => thrown,
  )
}

it.each(['node:fs', 'fs', 'fs/promises'])('refuses %s, and says who imports it', async (builtin) => {
  const error = await failure({
    'index.ts': "import { b } from './b.ts'\nexport default () => new Response(b)",
    'b.ts': "export { c as b } from 'pack'",
    'node_modules/pack/package.json': '{ "name": "pack", "main": "main.js" }',
    'node_modules/pack/main.js': `import fs from '${builtin}'\nexport const c = fs`,
  })
  expect(error).toMatchObject({
    code: 'build-failed',
    why: expect.stringContaining('Node.js'),
    fix: expect.any(String),
  })
  expect(error.message).toBe(
    `node_modules/pack/main.js:1:15: Could not resolve "${builtin}", imported by index.ts → b.ts → node_modules/pack/main.js`,
  )
  expect(error.data).toEqual({
    errors: [
      {
        text: `Could not resolve "${builtin}"`,
        file: 'node_modules/pack/main.js',
        line: 1,
        column: 15,
        chain: ['index.ts', 'b.ts', 'node_modules/pack/main.js'],
      },
    ],
  })
})

it('says that a flag would bring a part of Node.js, where it would', async () => {
  const error = await failure({ 'index.ts': "import { EventEmitter } from 'node:events'\nexport default EventEmitter" })
  expect(error.fix).toContain('{ "flags": ["nodejs_compat"] }')
})

it.each([
  ['net', 'fetch, to a host that "egress" lists'],
  ['node:child_process', 'a function of its own'],
  ['fs/promises', 'an import with { type: "text" }'],
  ['os', 'a web API instead'],
])('refuses %s with nodejs_compat too, and says what to use', async (builtin, instead) => {
  const error = await failure({
    'fn.json': '{ "flags": ["nodejs_compat"] }',
    'index.ts': "export { b as default } from './b.ts'",
    'b.ts': `import b from '${builtin}'\nexport { b }`,
  })
  expect(error).toMatchObject({ code: 'build-failed', fix: expect.stringContaining(instead) })
  expect(error.message).toBe(`b.ts:1:14: Could not resolve "${builtin}", imported by index.ts → b.ts`)
})

it('takes an npm package that has the name of a Node.js module', async () => {
  const built = await builds.build(
    await project({
      'index.ts': "import { on } from 'events'\nexport default () => new Response(on)",
      'node_modules/events/package.json': '{ "name": "events", "main": "events.js" }',
      'node_modules/events/events.js': "exports.on = 'on'",
    }),
  )
  expect(built.manifest.exports).toEqual(['default'])
})

it('shows the place of a syntax error, and all errors in its data', async () => {
  const error = await failure({
    'index.ts': "import './a.ts'\nimport './b.ts'\nexport default 1",
    'a.ts': 'const x = = 1',
    'b.ts': '\n  let }',
  })
  expect(error.message).toMatch(/^a\.ts:1:10: Unexpected "=", imported by index\.ts → a\.ts \(and 1 more\)$/)
  expect(error.data).toMatchObject({
    errors: [{ file: 'a.ts' }, { file: 'b.ts', line: 2, chain: ['index.ts', 'b.ts'] }],
  })
})

it('says how to get a package that is missing', async () => {
  const error = await failure({ 'index.ts': "import x from 'not-there'\nexport default x" })
  expect(error).toMatchObject({ code: 'build-failed', fix: 'install it: npm install not-there' })
})

it('names an import that an imported file does not export', async () => {
  const error = await failure({
    'index.ts': "import { nope } from './b.ts'\nexport default nope",
    'b.ts': 'export const yes = 1',
  })
  expect(error.message).toMatch(/^index\.ts:1:9: No matching export in "b\.ts" for import "nope"$/)
})

it.each([
  ['https://esm.sh/x', (url: string) => `import '${url}'`],
  ['https://esm.sh/x', (url: string) => `export const later = () => import('${url}')`],
  ['https://esm.sh/x', (url: string) => `export const later = () => import('${url}').catch(() => 1)`],
  ['http://esm.sh/x', (url: string) => `export const later = () => require('${url}')`],
  ['//esm.sh/x', (url: string) => `export const later = () => { try { return require('${url}') } catch {} }`],
  ['data:image/png,x', (url: string) => `export const later = () => import('${url}')`],
])('refuses %s in whatever way it is imported', async (address, importing) => {
  const error = await failure({ 'index.ts': "export * from './a.ts'\nexport default 1", 'a.ts': importing(address) })
  expect(error.code).toBe('build-failed')
  expect(error.message).toBe(
    `a.ts: "${address}" cannot be bundled: only files and installed packages can, imported by index.ts → a.ts`,
  )
})

it('refuses stylesheets', async () => {
  const error = await failure({ 'index.ts': "import './s.css'\nexport default 1", 's.css': 'a { color: red }' })
  expect(error).toMatchObject({ code: 'build-failed', message: 'the handler imports a stylesheet' })
})

it('refuses what exports nothing', async () => {
  const error = await failure({ 'index.ts': 'console.log(1)\nexport type Word = string' })
  expect(error).toMatchObject({
    code: 'build-failed',
    message: 'index.ts exports no handler',
    why: expect.stringContaining('RPC'),
  })
})

it('refuses a bundle that is too large, and says what fills it', async () => {
  const error = await failure({
    'index.ts': "import a from './big.txt'\nimport b from './small.txt'\nexport default () => new Response(a + b)",
    'big.txt': 'x'.repeat(BLOCK_MAX_BYTES),
    'small.txt': 'y'.repeat(1000),
  })
  expect(error.code).toBe('build-failed')
  expect(error.why).toMatch(/^most of it is big\.txt \(167\d+ bytes\), small\.txt/)
})

it.each([
  ['style.css', 'a { color: red }'],
  ['data.json', '{ "default": 1 }'],
  ['notes.txt', 'export default 1'],
  ['handler', 'export default 1'],
])('refuses %s as a handler, given or configured', async (file, text) => {
  const wanted = {
    code: 'build-failed',
    message: expect.stringMatching(`${file} is no handler$`),
    why: expect.stringContaining('TypeScript or JavaScript'),
    fix: expect.any(String),
  }
  await expect(builds.build(`${await project({ [file]: text })}/${file}`)).rejects.toMatchObject(wanted)
  expect(await failure({ [file]: text, 'fn.json': JSON.stringify({ entry: file }) })).toMatchObject(wanted)
})

it('says when there is no handler at all', async () => {
  await expect(builds.build('/nowhere/at/all.ts')).rejects.toMatchObject({
    code: 'build-failed',
    fix: expect.any(String),
  })
  expect(await failure({ 'readme.txt': '' })).toMatchObject({
    code: 'build-failed',
    why: expect.stringContaining('src/index'),
  })
})
