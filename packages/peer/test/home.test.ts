import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadAliases } from '../src/home/aliases.ts'
import { readConfig, DEFAULT_CONFIG, settingsOf } from '../src/home/config.ts'
import { changeJson, readJson } from '../src/home/json.ts'
import { loadKey } from '../src/home/keys.ts'
import { homePaths, isPipe, makeHome } from '../src/home/paths.ts'
import { readSecretFile } from '../src/home/secret-file.ts'
import { JSON_FILE_MAX_BYTES } from '../src/limits/home.ts'
import { signer } from './fakes.ts'

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'hither-home-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

test('a key is made once, for its owner only, however many ask at the same time', async () => {
  const path = join(await folder(), 'publisher.key')
  const keys = await Promise.all(Array.from({ length: 8 }, () => loadKey(path)))
  expect(new Set(keys.map((key) => key.signer.publisher)).size).toBe(1)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect((await loadKey(path)).signer.publisher).toBe(keys[0]?.signer.publisher)
})

test('on Windows modes say nothing, and the control socket is a pipe, one for each home', async () => {
  const path = join(await folder(), 'publisher.key')
  await loadKey(path)
  await chmod(path, 0o666)
  expect(await readSecretFile(path, 'win32')).toBe(await readFile(path, 'utf8'))
  const socketOf = (home: string): string => homePaths(home, {}, 'win32').socket
  expect(socketOf('one')).toMatch(/^\\\\\.\\pipe\\hither-[0-9a-f]{32}$/)
  expect(socketOf('one')).toBe(socketOf('./one'))
  expect(socketOf('one')).not.toBe(socketOf('two'))
  expect([socketOf('one'), homePaths('one', {}, 'linux').socket].map(isPipe)).toEqual([true, false])
})

test('a key that is open to others, cut short or swapped is refused and not replaced', async () => {
  const path = join(await folder(), 'publisher.key')
  await loadKey(path)
  const text = await readFile(path, 'utf8')

  await chmod(path, 0o640)
  await expect(loadKey(path)).rejects.toMatchObject({ code: 'bad-key', fix: expect.stringContaining('chmod 600') })
  await chmod(path, 0o600)

  const [kind, seed] = text.split(' ')
  const { publisher } = await signer(1)
  for (const broken of ['', text.slice(0, 40), text.slice(0, -2), `${kind} ${seed} ${publisher}\n`]) {
    await writeFile(path, broken)
    await expect(loadKey(path)).rejects.toMatchObject({ code: 'bad-key' })
    expect(await readFile(path, 'utf8')).toBe(broken)
  }
})

test('a key that is gone, or another in its place, is refused and not replaced', async () => {
  const dir = await folder()
  const [path, other] = [join(dir, 'publisher.key'), join(dir, 'peer.key')]
  const { signer: mine } = await loadKey(path)
  await loadKey(other)
  await rename(path, join(dir, 'away'))
  const missing = {
    code: 'bad-key',
    message: expect.stringContaining('missing'),
    fix: expect.stringContaining('backup'),
  }
  await expect(loadKey(path)).rejects.toMatchObject(missing)
  await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })

  await rename(other, path)
  const swapped = { code: 'bad-key', why: expect.stringContaining(mine.publisher), fix: expect.any(String) }
  await expect(loadKey(path)).rejects.toMatchObject(swapped)
  await rename(path, other)
  await rename(join(dir, 'away'), path)
  expect((await loadKey(path)).signer.publisher).toBe(mine.publisher)
  // Homes of earlier versions have no public half, and get one.
  await rm(`${path}.pub`)
  await loadKey(path)
  expect(await readFile(`${path}.pub`, 'utf8')).toBe(`${mine.publisher}\n`)
})

test('what is in the place of a key and is no file of one’s own is refused, and left as it is', async () => {
  const path = join(await folder(), 'publisher.key')
  await mkdir(path)
  await expect(loadKey(path)).rejects.toMatchObject({ code: 'bad-key', message: expect.stringContaining('not a file') })
  expect((await stat(path)).isDirectory()).toBe(true)
  await rm(path, { recursive: true })
  await writeFile(path, 'x'.repeat(5000), { mode: 0o600 })
  await expect(loadKey(path)).rejects.toMatchObject({ code: 'bad-key', fix: expect.stringContaining('backup') })
})

test('a folder in which others can put keys of theirs is refused', async () => {
  const dir = await folder()
  const path = join(dir, 'publisher.key')
  await loadKey(path)
  for (const mode of [0o770, 0o702]) {
    await chmod(dir, mode)
    await expect(loadKey(path)).rejects.toMatchObject({ code: 'bad-key', fix: expect.stringContaining('chmod 700') })
  }
  await chmod(dir, 0o755)
  await loadKey(path)
})

test.runIf(process.getuid?.() === 0)('a key of another user is refused', async () => {
  const path = join(await folder(), 'publisher.key')
  await loadKey(path)
  await chown(path, 65_534, 65_534)
  await expect(loadKey(path)).rejects.toMatchObject({ code: 'bad-key', why: expect.stringContaining('65534') })
})

test('folders are made for their owner only; where that is impossible the error says so', async () => {
  const home = homePaths(join(await folder(), 'a/b'))
  await makeHome(home)
  await makeHome(home)
  expect((await stat(home.blocks)).mode & 0o777).toBe(0o700)
  const file = join(await folder(), 'file')
  await writeFile(file, '')
  for (const impossible of ['/proc/none', join(file, 'home')]) {
    await expect(makeHome(homePaths(impossible))).rejects.toMatchObject({ code: 'bad-config' })
  }
})

test('where no key can be made, the error says why', async () => {
  const path = join(await folder(), 'publisher.key')
  await symlink('/nowhere/at/all', path)
  await expect(loadKey(path)).rejects.toMatchObject({ code: 'bad-key', message: expect.stringContaining(path) })
  await expect(loadKey('/proc/none/publisher.key')).rejects.toMatchObject({ code: 'bad-key' })
})

test('configuration is read over the defaults, and its faults are named', async () => {
  const path = join(await folder(), 'config.json')
  expect(await readConfig(path)).toEqual(DEFAULT_CONFIG)
  await writeFile(path, '{ "port": 0, "mdns": false }')
  expect(await readConfig(path)).toEqual({ ...DEFAULT_CONFIG, port: 0, mdns: false })
  for (const text of [
    '[]',
    '{ "port": 70000 }',
    '{ "ports": 1 }',
    '{ "bootstrap": "x" }',
    '{',
    '{ "lend": { "load": "lots" } }',
    '{ "lend": { "fast": "1" } }',
    '{ "lend": 1 }',
  ]) {
    await writeFile(path, text)
    await expect(readConfig(path)).rejects.toMatchObject({ code: 'bad-config', message: expect.stringContaining(path) })
  }
})

test('a file of the user’s that is far too long is not read into memory, nor written', async () => {
  const path = join(await folder(), 'aliases.json')
  await writeFile(path, '')
  await truncate(path, JSON_FILE_MAX_BYTES + 1)
  const tooLong = { code: 'bad-config', message: `${path} is too long`, fix: expect.stringContaining('move it away') }
  await expect(readConfig(path)).rejects.toMatchObject(tooLong)
  await rm(path)
  const text = 'x'.repeat(JSON_FILE_MAX_BYTES)
  await expect(changeJson(path, () => ({ after: text, written: () => undefined }))).rejects.toMatchObject(tooLong)
  expect(await readJson(path)).toBeUndefined()
})

test('what is lent is read as its owner wrote it, over the defaults', async () => {
  const path = join(await folder(), 'config.json')
  await writeFile(path, '{ "volunteer": true, "cores": 2, "lend": { "when": "idle:5m", "battery": "run" } }')
  expect(settingsOf(await readConfig(path))).toEqual({
    ...settingsOf(DEFAULT_CONFIG),
    on: true,
    cores: 2,
    when: { idleMs: 300_000 },
    battery: 'run',
  })
})

test('damaged aliases are an error, never none', async () => {
  const path = join(await folder(), 'list.json')
  for (const text of ['{ "ann": "nokey" }', '5', '[]', 'null']) {
    await writeFile(path, text)
    await expect(loadAliases(path)).rejects.toMatchObject({ code: 'bad-config' })
  }
})

test('changes that come at the same time from several processes are all kept', async () => {
  const path = join(await folder(), 'aliases.json')
  const { publisher } = await signer(1)
  const several = await Promise.all(Array.from({ length: 5 }, () => loadAliases(path)))
  await Promise.all(several.map((aliases, i) => aliases.add(`n${i}`, publisher)))
  expect([...(await loadAliases(path)).byName.keys()].toSorted()).toEqual(['n0', 'n1', 'n2', 'n3', 'n4'])
})

test('aliases last and cannot pass for keys', async () => {
  const path = join(await folder(), 'aliases.json')
  const { publisher } = await signer(1)
  const aliases = await loadAliases(path)
  await aliases.add('ann', publisher)
  await expect(aliases.add(publisher, publisher)).rejects.toMatchObject({ code: 'bad-name' })
  await expect(aliases.add('Bad Name', publisher)).rejects.toMatchObject({ code: 'bad-name' })
  expect((await loadAliases(path)).byName.get('ann')).toBe(publisher)
})

test('everything is kept in the XDG folders, or in one that the user names', () => {
  const xdg = { XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: '/d' }
  expect(homePaths(undefined, xdg)).toMatchObject({ config: '/c/hither/config.json', blocks: '/d/hither/blocks' })
  expect(homePaths('/h', xdg)).toMatchObject({
    publisherKey: '/h/config/publisher.key',
    socket: '/h/data/control.sock',
  })
})
