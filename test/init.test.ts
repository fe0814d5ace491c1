import { execFile } from 'node:child_process'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { CompleteCall, Deployed } from '@hither/peer'
import { expect, test } from 'vitest'
import { testNetwork } from './support/network.ts'

const run = promisify(execFile)

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const MODULES = join(ROOT, 'node_modules')
const TSC = join(MODULES, 'typescript/bin/tsc')

interface Made {
  folder: string
  template: string
  files: string[]
}

const TEMPLATES = ['hello', 'hono', 'markdown', 'picture', 'rpc', 'sse']

test('the templates are the examples', async () => {
  const net = await testNetwork()
  const listed = await net.json<{ name: string; about: string }[]>('me', ['init', '--template', 'list'])
  expect(listed.map(({ name }) => name)).toEqual(TEMPLATES)
})

test.each(TEMPLATES)('what fn init makes of %s passes its own tests and type checks', async (template) => {
  const net = await testNetwork()
  const made = await net.json<Made>('me', ['init', 'app', '--template', template], { cwd: net.folder })
  expect(made).toMatchObject({ folder: join(net.folder, 'app'), template })
  // What `npm install` would bring.
  await symlink(MODULES, join(made.folder, 'node_modules'))
  const { stdout } = await run(process.execPath, ['--test', '--test-reporter=tap'], { cwd: made.folder, env: {} })
  expect(stdout).toMatch(/^# pass [1-9]/m)
  await run(process.execPath, [TSC], { cwd: made.folder })
})

test('a new handler is deployed and called at once', async () => {
  const net = await testNetwork()
  await net.up('me', ['--volunteer'])
  const { folder } = await net.json<Made>('me', ['init', 'greeter'], { cwd: net.folder })
  const { name } = await net.json<Deployed>('me', ['deploy'], { cwd: folder })
  expect(name).toMatch(/\/greeter$/)
  const answer = await net.json<Omit<CompleteCall, 'body'> & { body: string }>('me', [
    'invoke',
    'greeter',
    '--path',
    '/?name=you',
  ])
  expect(answer.body).toBe('Hello, you!\n')
})

test('fn init overwrites nothing, and says which templates there are', async () => {
  const net = await testNetwork()
  await net.json('me', ['init', 'app'], { cwd: net.folder })
  const again = await net.error('me', ['init', 'app', '--template', 'sse'], { cwd: net.folder })
  expect(again).toMatchObject({ exitCode: 2, code: 'usage', message: expect.stringContaining('index.ts') })
  const unknown = await net.error('me', ['init', 'other', '--template', 'nope'], { cwd: net.folder })
  expect(unknown).toMatchObject({ exitCode: 2, why: expect.stringContaining(TEMPLATES.join(', ')) })
})

test('the package brings the templates along', async () => {
  const net = await testNetwork()
  const [packed, unpacked] = [join(net.folder, 'packed'), join(net.folder, 'unpacked')]
  await Promise.all([packed, unpacked].map((folder) => mkdir(folder)))
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', packed]
  const { stdout } = await run('npm', args, { cwd: join(ROOT, 'packages/cli') })
  const [{ filename = '' } = {}] = JSON.parse(stdout) as { filename?: string }[]
  await run('tar', ['-xzf', join(packed, filename), '-C', unpacked])
  await symlink(MODULES, join(unpacked, 'node_modules'))
  const fn = join(unpacked, 'package/bin/fn.js')
  const { stdout: said } = await run(process.execPath, [fn, 'init', '--json', '--home', net.home('me')], {
    cwd: unpacked,
  })
  expect((JSON.parse(said) as Made).files).toContain('index.test.ts')
})
