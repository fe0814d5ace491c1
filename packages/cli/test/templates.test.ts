import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { copyTemplate, listTemplates } from '../src/templates.ts'

const FILES = {
  'plain/package.json': '{ "name": "@examples/plain", "description": "nothing", "type": "module" }',
  'plain/index.ts': 'export default () => new Response()',
  'big/package.json': '{ "name": "@examples/big", "description": "all", "dependencies": { "hono": "1.0.0" } }',
  'big/README.md': '# big\n\nfn deploy --name big\nfn invoke big -d "a big text"\n',
}

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'hither-templates-'))
  onTestFinished(() => rm(made, { recursive: true }))
  for (const [path, text] of Object.entries(FILES)) {
    await mkdir(join(made, 'templates', path, '..'), { recursive: true })
    await writeFile(join(made, 'templates', path), text)
  }
  return made
}

async function plain(within: string): Promise<Awaited<ReturnType<typeof listTemplates>>[number]> {
  const template = (await listTemplates(join(within, 'templates'))).find(({ name }) => name === 'plain')
  if (template === undefined) throw new Error('no such template')
  return template
}

test('templates are told by their packages, and in order', async () => {
  expect(await listTemplates(join(await folder(), 'templates'))).toMatchObject([
    { name: 'big', about: 'all', installs: true },
    { name: 'plain', about: 'nothing', installs: false },
  ])
})

test('a copy is the same but for its name', async () => {
  const within = await folder()
  const to = join(within, 'deep/shop')
  expect(await copyTemplate(await plain(within), to, 'shop')).toEqual(['index.ts', 'package.json'])
  expect(await readFile(join(to, 'index.ts'), 'utf8')).toBe(FILES['plain/index.ts'])
  const { name, type } = JSON.parse(await readFile(join(to, 'package.json'), 'utf8')) as Record<string, string>
  expect([name, type]).toEqual(['shop', 'module'])
})

test('its README calls it by its new name', async () => {
  const within = await folder()
  const [big] = await listTemplates(join(within, 'templates'))
  await copyTemplate(big ?? expect.fail(), join(within, 'shop'), 'shop')
  const readme = await readFile(join(within, 'shop/README.md'), 'utf8')
  expect(readme).toBe('# big\n\nfn deploy --name shop\nfn invoke shop -d "a big text"\n')
})

test('what is there already stays as it is, and then nothing is copied', async () => {
  const within = await folder()
  const to = join(within, 'mine')
  await mkdir(to)
  await writeFile(join(to, 'index.ts'), 'mine')
  await expect(copyTemplate(await plain(within), to, 'mine')).rejects.toMatchObject({
    code: 'usage',
    message: `${to} has index.ts already`,
    fix: expect.stringContaining('new folder'),
  })
  expect(await readdir(to)).toEqual(['index.ts'])
  expect(await readFile(join(to, 'index.ts'), 'utf8')).toBe('mine')
})

test('a folder with other files in it will do', async () => {
  const within = await folder()
  const to = join(within, 'mine')
  await mkdir(to)
  await writeFile(join(to, 'LICENSE'), 'mine')
  await copyTemplate(await plain(within), to, 'mine')
  expect((await readdir(to)).sort()).toEqual(['LICENSE', 'index.ts', 'package.json'])
})
