import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeInvitation, encodeInvitation } from '@hither/core'
import { expect, onTestFinished, test } from 'vitest'
import { createNetwork, loadNetwork } from '../src/home/network.ts'
import { homePaths, type Home } from '../src/home/paths.ts'
import * as networks from '../src/networks.ts'

async function home(): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), 'hither-network-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return homePaths(folder)
}

test('a network’s key is made for its owner only, once, and never replaced', async () => {
  const one = await home()
  const { label, tag } = await networks.createNetwork(one, 'shop')
  expect(label).toBe('shop')
  expect((await stat(one.networkKey)).mode & 0o777).toBe(0o600)
  const before = await readFile(one.networkKey, 'utf8')
  const [key, other] = [new Uint8Array(32).fill(1), await home()]
  await expect(networks.createNetwork(one)).rejects.toMatchObject({
    code: 'usage',
    fix: expect.stringContaining('leave'),
  })
  const elsewhere = await encodeInvitation({ label: 'elsewhere', key, addresses: [] })
  await expect(networks.joinNetwork(one, elsewhere)).rejects.toMatchObject({ code: 'usage' })
  expect(await readFile(one.networkKey, 'utf8')).toBe(before)
  expect(await networks.homeNetwork(one)).toMatchObject({ label, tag })
  await networks.createNetwork(other, 'shop')
  expect((await networks.homeNetwork(other))?.tag).not.toBe(tag)
})

test('of several that make a network at the same time one does, and the others are told', async () => {
  const one = await home()
  await networks.createNetwork(one)
  await networks.leaveNetwork(one)
  const made = await Promise.allSettled(Array.from({ length: 6 }, () => createNetwork(one.networkKey)))
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const { reason } of made.filter((outcome): outcome is PromiseRejectedResult => outcome.status === 'rejected')) {
    expect(reason).toMatchObject({ code: 'usage' })
  }
})

test('who is invited has the same key, under the same label', async () => {
  const [one, two] = [await home(), await home()]
  await networks.createNetwork(one, 'shop')
  const invitation = await networks.invitationTo(one, [])
  expect(await networks.joinNetwork(two, invitation)).toMatchObject({ label: 'shop', reached: [], failed: [] })
  expect((await loadNetwork(two.networkKey))?.key).toEqual((await loadNetwork(one.networkKey))?.key)
})

test('where nobody answers, a network is joined all the same; by a wrong invitation it is not', async () => {
  const [one, two] = [await home(), await home()]
  await networks.createNetwork(one, 'shop')
  const invitation = await networks.invitationTo(one, ['/ip4/127.0.0.1/tcp/1'])
  await expect(networks.joinNetwork(two, invitation.slice(0, -8))).rejects.toMatchObject({ code: 'bad-invitation' })
  expect(await networks.homeNetwork(two)).toBeUndefined()
  const joined = await networks.joinNetwork(two, invitation)
  expect(joined).toMatchObject({ reached: [], failed: [{ address: '/ip4/127.0.0.1/tcp/1', code: 'peer-unreachable' }] })
  expect(await networks.homeNetwork(two)).toMatchObject({ label: 'shop', addresses: ['/ip4/127.0.0.1/tcp/1'] })
  // Invited again, from elsewhere: the newer addresses count.
  await networks.joinNetwork(two, await networks.invitationTo(one, []))
  expect(await networks.homeNetwork(two)).toMatchObject({ label: 'shop', addresses: [] })
})

test('a key that is open to others or damaged is refused and left as it is', async () => {
  const one = await home()
  await networks.createNetwork(one)
  const text = await readFile(one.networkKey, 'utf8')
  await chmod(one.networkKey, 0o644)
  const open = { code: 'bad-key', fix: expect.stringContaining('chmod 600') }
  await expect(networks.homeNetwork(one)).rejects.toMatchObject(open)
  await expect(networks.leaveNetwork(one)).rejects.toMatchObject(open)
  await chmod(one.networkKey, 0o600)
  for (const broken of ['', text.slice(0, 60), text.replace(/.\n$/, '\n'), 'hither-ed25519 abc\n']) {
    await writeFile(one.networkKey, broken)
    for (const use of [networks.homeNetwork, networks.createNetwork, networks.leaveNetwork]) {
      await expect(use(one)).rejects.toMatchObject({ code: 'bad-key', fix: expect.stringContaining('fn network join') })
    }
    expect(await readFile(one.networkKey, 'utf8')).toBe(broken)
  }
})

test('leaving forgets the key; there is no invitation to the open network', async () => {
  const one = await home()
  expect(await networks.leaveNetwork(one)).toBeUndefined()
  await networks.createNetwork(one, 'shop')
  const invitation = await networks.invitationTo(one, [])
  expect(await networks.leaveNetwork(one)).toMatchObject({ label: 'shop' })
  await expect(stat(one.networkKey)).rejects.toThrow('ENOENT')
  await expect(networks.invitationTo(one, [])).rejects.toMatchObject({ code: 'usage' })
  await networks.joinNetwork(one, invitation)
  expect(await loadNetwork(one.networkKey)).toMatchObject(await decodeInvitation(invitation))
})
