import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { BuildOutcome } from '../src/index.ts'
import { ownBundler, project } from './project.ts'

const builds = ownBundler()

const answering = (text: string): string => `export default () => new Response('${text}')`

/** Outcomes one after the other, as they come. */
async function watched(dir: string): Promise<() => Promise<BuildOutcome>> {
  const outcomes: BuildOutcome[] = []
  let wake = (): void => {}
  const watch = await builds.watch(dir, (outcome) => {
    outcomes.push(outcome)
    wake()
  })
  onTestFinished(() => watch.close())
  return async () => {
    while (outcomes.length === 0) await new Promise<void>((resolve) => (wake = resolve))
    return outcomes.shift() as BuildOutcome
  }
}

function code(outcome: BuildOutcome): string {
  if ('error' in outcome) throw outcome.error
  return new TextDecoder().decode(outcome.built.blocks[1]?.bytes)
}

function failure(outcome: BuildOutcome): string {
  if ('built' in outcome) throw new Error('it was built')
  return outcome.error.message
}

async function save(dir: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(dir, path)), { recursive: true })
  await writeFile(join(dir, path), text)
}

test('a handler is built again when it, or what it imports, is saved', async () => {
  const dir = await project({
    'index.ts': "import { text } from './lib/text.ts'\nexport default () => new Response(text)",
  })
  await save(dir, 'lib/text.ts', "export const text = 'one'")
  const next = await watched(dir)
  expect(code(await next())).toContain('one')
  await save(dir, 'lib/text.ts', "export const text = 'two'")
  expect(code(await next())).toContain('two')
  await save(dir, 'index.ts', answering('three'))
  expect(code(await next())).toContain('three')
})

test('editors that put a new file in the old one’s place are seen as well', async () => {
  const dir = await project({ 'index.ts': answering('one') })
  const next = await watched(dir)
  await next()
  await save(dir, '.index.ts.swp', answering('two'))
  await rename(join(dir, '.index.ts.swp'), join(dir, 'index.ts'))
  expect(code(await next())).toContain('two')
})

test('what is broken is told, and what is mended', async () => {
  const dir = await project({ 'index.ts': answering('one') })
  const next = await watched(dir)
  await next()
  await save(dir, 'index.ts', 'export default (')
  expect(failure(await next())).toMatch(/^index\.ts:1:\d+: /)
  // The same function as before, but news after a failure.
  await save(dir, 'index.ts', answering('one'))
  expect(code(await next())).toContain('one')
})

test('a file that is missing, in a folder that no build has seen, is waited for', async () => {
  const dir = await project({ 'src/index.ts': answering('one'), 'package.json': '{}' })
  const next = await watched(dir)
  await next()
  await save(dir, 'lib/a.ts', "export { text } from './b.ts'")
  await save(dir, 'src/index.ts', "import { text } from '../lib/a.ts'\nexport default () => new Response(text)")
  expect(failure(await next())).toContain('./b.ts')
  await save(dir, 'lib/b.ts', "export const text = 'two'")
  expect(code(await next())).toContain('two')
})

test('a folder that goes and comes back is seen again', async () => {
  const dir = await project({ 'index.ts': "export { default } from './lib/a.ts'", 'lib/a.ts': answering('one') })
  const next = await watched(dir)
  await next()
  await rm(join(dir, 'lib'), { recursive: true })
  failure(await next())
  await save(dir, 'lib/a.ts', answering('two'))
  expect(code(await next())).toContain('two')
  await save(dir, 'lib/a.ts', answering('three'))
  expect(code(await next())).toContain('three')
})

test('its configuration counts too', async () => {
  const dir = await project({ 'src/index.ts': answering('one'), 'package.json': '{}' })
  const next = await watched(dir)
  await next()
  await save(dir, 'fn.json', '{ "name": "other" }')
  // The name is no part of the function.
  await save(dir, 'fn.json', '{ "name": "other", "env": { "A": "b" } }')
  const outcome = await next()
  expect('built' in outcome && [outcome.built.name, outcome.built.manifest.env]).toEqual(['other', { A: 'b' }])
  await save(dir, 'fn.json', '{')
  expect(failure(await next())).toContain('fn.json')
})

test('where there is no handler, there is nothing to watch', async () => {
  const dir = await project({ 'readme.txt': '' })
  await expect(builds.watch(dir, () => {})).rejects.toMatchObject({ code: 'build-failed' })
})
