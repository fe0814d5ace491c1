import { readFile } from 'node:fs/promises'
import { bundler } from '@hither/bundle'
import { afterAll, expect, test } from 'vitest'
import { project } from '../../packages/bundle/test/project.ts'

const builds = bundler()
afterAll(() => builds.stop())

const FLAGGED = { 'fn.json': '{ "flags": ["nodejs_compat"] }' }

async function built(source: string, under = ''): Promise<{ code: string; map: string; cid: string }> {
  const { blocks, cid } = await builds.build(await project({ ...FLAGGED, 'index.js': source }, under))
  const [, code = '', map = ''] = blocks.map(({ bytes }) => new TextDecoder().decode(bytes))
  return { code, map, cid: cid.toString() }
}

test('brings only what is used', async () => {
  const { code } = await built("import { basename } from 'path'\nexport default () => basename('/a/b')")
  expect(code.length).toBeLessThan(60_000)
  expect((await built("export default () => 'nothing'")).code.length).toBeLessThan(200)
})

test('gives the same CID in every folder, and no path of this machine in the source map', async () => {
  const source =
    "import { createHash } from 'node:crypto'\nexport default () => createHash('md5').digest('hex') + process.pid"
  const [here, there] = [await built(source), await built(source, 'deep/er')]
  expect(there.cid).toBe(here.cid)
  expect(here.map).toContain('nodejs:crypto')
  expect(here.map).not.toContain(process.cwd())
})

test('lowers async functions where AsyncLocalStorage is used, and nowhere else', async () => {
  const body = 'export default async () => { await 1; return new Response(typeof X) }'
  const plain = await built(body.replace('X', "require('node:events')"))
  const lowered = await built(`import { AsyncLocalStorage as X } from 'node:async_hooks'\n${body}`)
  expect(plain.code).toContain('await 1')
  expect(lowered.code).not.toContain('await 1')
})

test('lets the platform win over an npm package of the same name, as Node.js does', async () => {
  const files = {
    ...FLAGGED,
    'index.js': "import events from 'events'\nexport default () => new Response(typeof events.once)",
    'node_modules/events/package.json': '{ "main": "main.js" }',
    'node_modules/events/main.js': "throw new Error('not this one')",
  }
  const { blocks } = await builds.build(await project(files))
  expect(new TextDecoder().decode(blocks[1]?.bytes)).not.toContain('not this one')
})

test('stays a warning where a package does without', async () => {
  const source = "let fs\ntry { fs = require('fs') } catch {}\nexport default () => new Response(typeof fs)"
  expect((await built(source)).code).toContain('typeof')
})

test('says in its README which modules there are', async () => {
  const { NODE_MODULES } = await import('../../packages/bundle/src/node-modules.ts')
  const readme = await readFile(new URL('../../packages/bundle/README.md', import.meta.url), 'utf8')
  for (const name of NODE_MODULES) expect(readme).toContain(`\`${name}\``)
})
