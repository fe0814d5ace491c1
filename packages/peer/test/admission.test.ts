import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { loadAdmission, type Admission, type AdmissionInit } from '../src/admission.ts'
import { STRANGER_CAPS } from '../src/limits/owners.ts'
import { trust } from '../src/trust.ts'
import { PEER, signer, silent } from './fakes.ts'

const [own = '', friend = '', other = ''] = await Promise.all([1, 2, 3].map(async (n) => (await signer(n)).publisher))
const self = { publisher: own, peer: 'self' }

const TAG = 'a'.repeat(16)
const OTHER_TAG = 'b'.repeat(16)

async function file(text?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hither-trust-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'trust.json')
  if (text !== undefined) await writeFile(path, text)
  return path
}

function load(path: string, init: Partial<AdmissionInit> = {}): Promise<Admission> {
  return loadAdmission({ path, self, also: [], anyone: false, log: silent, ...init })
}

test('a list of keys, as it was kept before there were rules, trusts each, and the next change writes rules', async () => {
  const path = await file(JSON.stringify([friend]))
  const admission = await load(path)
  expect([own, friend, other, undefined].map((who) => admission.admits(who))).toEqual([true, true, false, false])
  await admission.set('call', PEER, 'deny')
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ run: { [friend]: {} }, call: { [PEER]: 'deny' } })
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

test('a rule holds at once, lasts, and goes as it came', async () => {
  const path = await file()
  const admission = await load(path)
  await admission.set('run', friend, { calls: 2, weight: 3 })
  await admission.set('call', PEER, { calls: 4 })
  for (const one of [admission, await load(path)]) {
    expect(one.run(friend)).toMatchObject({ profile: 'trusted', share: { group: friend, calls: 2, weight: 3 } })
    expect(one.call(PEER)).toEqual({ admitted: true, by: PEER, calls: 4 })
  }
  // The other process wrote meanwhile: neither's change is lost.
  await (await load(path)).set('run', other, {})
  await admission.remove(friend)
  expect(admission.admits(friend)).toBe(false)
  expect(admission.admits(other)).toBe(true)
  await expect(admission.remove(friend)).rejects.toMatchObject({ code: 'unknown-name' })
})

test('what the command line trusts is trusted this time only, with the caps that were kept', async () => {
  const path = await file(JSON.stringify({ run: { [friend]: { calls: 3 }, [other]: 'deny' } }))
  const admission = await load(path, { also: [friend, other], anyone: true })
  expect(admission.run(friend)).toMatchObject({ share: { calls: 3 } })
  expect(admission.run(other)).toMatchObject({ admitted: true, profile: 'trusted' })
  expect(admission.anyone).toBe(true)
  expect(admission.run(undefined)).toMatchObject({ profile: 'strangers', share: { group: 'anyone', ...STRANGER_CAPS } })
  expect((await load(path)).run(other)).toEqual({ admitted: false, by: other })
  await admission.remove('anyone')
  expect(admission.anyone).toBe(false)
  await admission.set('run', friend, 'deny')
  expect(admission.admits(friend)).toBe(false)
})

test('known is a peer that was named itself, or is the machine of a publisher who is trusted; not one of anyone', async () => {
  const admission = await load(await file(JSON.stringify([friend])), {
    anyone: true,
    network: { label: 'shop', tag: TAG },
  })
  const known = [own, friend, other, undefined].map((publisher) => admission.knows(PEER, publisher))
  expect(known).toEqual([true, true, false, false])
  await admission.set('call', `network:${TAG}`, { calls: 4 })
  expect(admission.knows(PEER, other)).toBe(false)
  await admission.set('call', PEER, { calls: 4 })
  expect(admission.knows(PEER, other)).toBe(true)
  await admission.set('call', PEER, 'deny')
  expect(admission.knows(PEER, other)).toBe(false)
})

test('rules about others than they can be about are refused', async () => {
  const admission = await load(await file())
  await expect(admission.set('run', PEER, {})).rejects.toMatchObject({ code: 'usage' })
  await expect(admission.set('call', friend, 'deny')).rejects.toMatchObject({ code: 'usage' })
  await expect(admission.set('run', 'network:shop', {})).rejects.toMatchObject({ code: 'usage' })
})

test.each([
  ['no JSON', '{', /not JSON/],
  ['something else', '5', /not a map/],
  ['a key that is none', '["nobody"]', /"nobody" is no publisher/],
  ['an unknown table', '{ "runs": {} }', /"runs"/],
  ['a rule that is none', `{ "run": { "${friend}": "allow" } }`, new RegExp(friend)],
  ['a misspelt cap', `{ "run": { "${friend}": { "call": 1 } } }`, /"call"/],
  ['a cap of nothing', `{ "run": { "${friend}": { "calls": 0 } } }`, /"calls" must be a whole number from 1/],
  ['too little memory', `{ "run": { "${friend}": { "memoryMb": 8 } } }`, /"memoryMb" must be/],
  ['a peer whose code should run', `{ "run": { "${PEER}": {} } }`, new RegExp(PEER)],
  ['a publisher who should call', `{ "call": { "${friend}": {} } }`, new RegExp(friend)],
  ['a name from nowhere', '{ "run": { "__proto__": {}, "constructor": {} } }', /is no publisher/],
])('a file with %s is an error that says what to do, never no rules', async (_, text, why) => {
  const path = await file(text)
  const refused = load(path)
  await expect(refused).rejects.toMatchObject({ code: 'bad-config', fix: expect.stringContaining('move it away') })
  await expect(refused).rejects.toMatchObject({ message: expect.stringContaining(path) })
  const { message, why: reason = '' } = (await refused.catch((error: unknown) => error)) as Error & { why?: string }
  expect(message + reason).toMatch(why)
  // Nor is it overwritten.
  expect(await readFile(path, 'utf8')).toBe(text)
})

test('a rule for a network holds in that one, whatever it is called, and in no other of its label', async () => {
  const path = await file()
  const shop = { label: 'shop', tag: TAG }
  const home = await load(path, { network: shop })
  await home.set('run', `network:${TAG}`, {})
  await home.set('call', `network:${TAG}`, 'deny')
  const renamed = await load(path, { network: { label: 'store', tag: TAG } })
  for (const one of [home, renamed]) expect([one.admits(friend), one.call(PEER).admitted]).toEqual([true, false])
  const strangers = await load(path, { network: { label: 'shop', tag: OTHER_TAG } })
  const posing = await load(path, { network: { label: TAG, tag: OTHER_TAG } })
  for (const one of [strangers, posing]) expect([one.admits(friend), one.call(PEER).admitted]).toEqual([false, true])
})

test('rules that were kept by a label become those of the network that is joined, once; the others are dropped, and that is told', async () => {
  const lines: string[] = []
  const log = pino({}, { write: (line: string) => void lines.push(line) })
  const path = await file('{ "run": { "network:shop": {}, "network:club": {} }, "call": { "network:shop": "deny" } }')
  await load(path, { network: { label: 'shop', tag: TAG }, log })
  const kept = { run: { [`network:${TAG}`]: {} }, call: { [`network:${TAG}`]: 'deny' } }
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(kept)
  expect(lines.join('')).toMatch(/network:shop.*now for the one joined[^]*network:club.*was dropped/)
  const elsewhere = await load(path, { network: { label: 'shop', tag: OTHER_TAG } })
  expect([elsewhere.admits(friend), elsewhere.call(PEER).admitted]).toEqual([false, true])
})

test('what is said to the peer takes petnames, and is listed with what holds besides', async () => {
  const admission = await load(await file())
  const byName = new Map([['ann', friend]])
  const network = { label: 'home', tag: TAG, key: new Uint8Array(32), addresses: [] }
  const api = trust({ admission, network, aliases: { byName, add: async () => {}, remove: async () => {} } })
  expect(await api.trustAdd({ who: 'ann', caps: { calls: 1 } })).toEqual({ who: friend })
  expect(await api.trustAdd({ who: 'network:home', caps: { profile: 'trusted' } })).toEqual({ who: `network:${TAG}` })
  await expect(api.trustAdd({ who: 'network:office' })).rejects.toMatchObject({ code: 'usage' })
  await api.trustDeny({ who: other })
  await api.trustDeny({ who: 'anyone' })
  await api.trustAllow({ who: PEER, caps: { calls: 7 } })
  expect(await api.trusted()).toEqual({
    rules: [
      { who: friend, alias: 'ann', may: 'run', calls: 1, weight: 1, profile: 'trusted' },
      { who: `network:${TAG}`, alias: 'home', may: 'run', ...STRANGER_CAPS, weight: 1, profile: 'trusted' },
      { who: other, may: 'not run' },
      { who: 'anyone', may: 'not call' },
      { who: PEER, may: 'call', calls: 7 },
    ],
  })
  expect(admission.call('another')).toEqual({ admitted: false, by: 'anyone' })
  await api.trustRemove({ who: 'ann' })
  expect(admission.admits(friend)).toBe(false)
  await expect(api.trustAdd({ who: 'nobody' })).rejects.toMatchObject({ code: 'unknown-name' })
  await expect(api.trustAdd({ who: friend, caps: { calls: 0 } })).rejects.toMatchObject({ code: 'usage' })
  await expect(api.trustAllow({ who: friend })).rejects.toMatchObject({ code: 'usage' })
  await expect(api.trustAdd({ who: PEER })).rejects.toMatchObject({ code: 'usage' })
})
