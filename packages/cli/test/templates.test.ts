import { execFile, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
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

test.each(['taken/shop', 'taken/deep/shop', 'taken'])(
  'where no folder can be, as at %s behind a file, the error says where and what to do',
  async (path) => {
    const within = await folder()
    await writeFile(join(within, 'taken'), 'mine')
    const to = join(within, path)
    await expect(copyTemplate(await plain(within), to, 'shop')).rejects.toMatchObject({
      code: 'bad-config',
      message: `fn init cannot write to ${to}`,
      why: expect.stringContaining('ENOTDIR'),
      fix: expect.stringContaining('fn init FOLDER/NAME'),
    })
  },
)

/** A mount that only this process and its children see needs no rights, where the system allows user namespaces. */
const MOUNT = 'mount -t tmpfs -o "$3" hither "$0"'
const mountable = spawnSync('unshare', ['-Urm', 'sh', '-c', MOUNT, '/mnt', '', '', 'size=64k']).status === 0

/** What a program prints that may write, beside the modules that it may use, only to a small disk of its own at `dir`. */
async function onDisk(dir: string, options: string, program: string): Promise<unknown> {
  const code = `import { readdir, rm, writeFile } from 'node:fs/promises'
    import { copyTemplate, listTemplates } from '${new URL('../src/templates.ts', import.meta.url).href}'
    const dir = ${JSON.stringify(dir)}
    const [, plain] = await listTemplates(${JSON.stringify(join(dir, '../templates'))})
    const failed = (copying) => copying.then(() => 'copied', ({ code, message, why }) => [code, message, why])
    ${program}`
  const script = `${MOUNT} && exec "$1" --conditions=hither-source --input-type=module -e "$2"`
  const args = ['-Urm', 'sh', '-c', script, dir, process.execPath, code, options]
  return JSON.parse((await promisify(execFile)('unshare', args)).stdout)
}

test.skipIf(!mountable)(
  'a full disk keeps nothing of it, and the same will do when there is room (needs unshare)',
  async () => {
    const within = await folder()
    const dir = join(within, 'disk')
    await mkdir(dir)
    await writeFile(join(within, 'templates/plain/readme.txt'), 'x'.repeat(20_000))
    const said = await onDisk(
      dir,
      'size=32k',
      `await writeFile(dir + '/ballast', new Uint8Array(16 * 1024))
    const first = await failed(copyTemplate(plain, dir + '/deep/shop', 'shop'))
    const left = await readdir(dir)
    await rm(dir + '/ballast')
    const again = await failed(copyTemplate(plain, dir + '/deep/shop', 'shop'))
    console.log(JSON.stringify({ first, left, again, files: await readdir(dir + '/deep/shop') }))`,
    )
    expect(said).toMatchObject({
      first: ['store-full', `the disk has no room for ${dir}/deep/shop`, expect.stringContaining('ENOSPC')],
      left: ['ballast'],
      again: 'copied',
      files: expect.arrayContaining(['index.ts', 'package.json', 'readme.txt']),
    })
  },
)

test.skipIf(!mountable)('a disk that may only be read is told (needs unshare)', async () => {
  const within = await folder()
  const dir = join(within, 'disk')
  await mkdir(dir)
  const program = `console.log(JSON.stringify(await failed(copyTemplate(plain, dir + '/deep/shop', 'shop'))))`
  expect(await onDisk(dir, 'ro', program)).toEqual([
    'bad-config',
    `fn init cannot write to ${dir}/deep/shop`,
    expect.stringContaining('EROFS'),
  ])
})
