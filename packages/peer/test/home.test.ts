import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadAdmission } from '../src/admission.ts'
import { loadAliases } from '../src/home/aliases.ts'
import { readConfig, DEFAULT_CONFIG, settingsOf } from '../src/home/config.ts'
import { loadKey } from '../src/home/keys.ts'
import { homePaths, makeHome } from '../src/home/paths.ts'
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

test('trust lasts, and takes only keys', async () => {
  const path = join(await folder(), 'trust.json')
  const [self, friend, other] = await Promise.all([1, 2, 3].map(async (n) => (await signer(n)).publisher))
  if (!self || !friend || !other) throw new Error('no keys')
  const admission = await loadAdmission({ path, self, also: [other], anyone: false })
  expect([self, friend, other, undefined].map((who) => admission.admits(who))).toEqual([true, false, true, false])
  await admission.add(friend)
  expect(admission.admits(friend)).toBe(true)
  await expect(admission.add('kxyz')).rejects.toMatchObject({ code: 'bad-name' })

  const again = await loadAdmission({ path, self, also: [], anyone: false })
  expect(again.list()).toEqual([friend])
  await again.remove(friend)
  expect(again.admits(friend)).toBe(false)
  await expect(again.remove(friend)).rejects.toMatchObject({ code: 'unknown-name' })
  expect((await loadAdmission({ path, self, also: [], anyone: true })).admits(undefined)).toBe(true)
})

test('a damaged list is an error, never an empty list', async () => {
  const path = join(await folder(), 'list.json')
  const { publisher: self } = await signer(1)
  for (const text of ['{', '{ "a": 1 }', '["nobody"]']) {
    await writeFile(path, text)
    await expect(loadAdmission({ path, self, also: [], anyone: false })).rejects.toMatchObject({ code: 'bad-config' })
  }
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
