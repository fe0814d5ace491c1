import { HitherError, peerOfKey, type Names, type SecretRecords, type SecretsTaken, type Signer } from '@hither/core'
import { openSecrets, sealSecrets, type SecretsRecord, type Sealing } from '@hither/core/secrets'
import { memoryNames } from '@hither/store'
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Admission } from '../src/admission.ts'
import { SECRET_NAMES_BESIDE_STRANGERS_MAX, SECRET_NAMES_MAX } from '../src/limits/secrets.ts'
import { ANYONE, NO_RULES } from '../src/rules/rules.ts'
import { changeSecrets } from '../src/secrets/change.ts'
import { qualify } from '../src/secrets/qualify.ts'
import { secretSpread } from '../src/secrets/spread.ts'
import { takeSecrets } from '../src/secrets/take.ts'
import { vault, type OwnSecrets } from '../src/secrets/vault.ts'
import { secretsFor } from '../src/serve/secrets.ts'
import { vouchers } from '../src/serve/vouchers.ts'
import { joining } from '../src/network.ts'
import { turns } from '../src/turns.ts'
import {
  admissionOf,
  fakeLinks,
  record as nameRecord,
  signer,
  silent,
  testFunction,
  type FakeLinks,
  type FakePeer,
} from './fakes.ts'
import { memoryRecords } from './memory-records.ts'

const random = (count: number): Uint8Array => Uint8Array.from(randomBytes(count))
const seedOf = (n: number): Uint8Array => new Uint8Array(32).fill(n)
const [dev, ann, bob, eve] = await Promise.all([signer(1), signer(2), signer(3), signer(4)])
const [annPeer, bobPeer, evePeer] = [ann, bob, eve].map((who) => peerOfKey(who.publisher)) as [string, string, string]
const signal = new AbortController().signal

function seal(change: Partial<Sealing> = {}, by: Signer = dev): Promise<SecretsRecord> {
  const sealing = { name: 'shop', sequence: 1, time: 0, values: { TOKEN: 'value' }, runners: [annPeer], gone: [] }
  return sealSecrets(by, { ...sealing, ...change }, random)
}

interface Machine {
  links: FakeLinks
  records: SecretRecords
  take: (from: string, bytes: Uint8Array) => Promise<SecretsTaken>
  greet: (peer: string) => void
  own: (record?: SecretsRecord) => Promise<OwnSecrets>
  change: (
    decide: (before: OwnSecrets) => Promise<Pick<OwnSecrets, 'values' | 'runners'>>,
  ) => ReturnType<typeof changeSecrets>
  given: () => Promise<Record<string, string> | undefined>
}

/** One machine: its peer has the key of `as`, its publisher that of `by`; it runs functions of `dev` where it admits them. */
function machine(
  as: number,
  by: Signer,
  peers: Record<string, FakePeer> = {},
  admission: Pick<Admission, 'run'> = admissionOf(dev.publisher),
): Machine {
  const self = peerOfKey([dev, ann, bob, eve][as - 1]?.publisher ?? '')
  const links = { ...fakeLinks(peers), self }
  const records = memoryRecords()
  const spread = secretSpread({ links, records, log: silent })
  const seeds = { publisherSeed: seedOf(1), peerSeed: seedOf(as) }
  const kept = vault({ records, self, signer: by, ...seeds })
  const on = {
    signer: by,
    vault: kept,
    spread,
    links,
    joining: {
      ...joining(
        () => 0,
        () => 0,
      ),
      leftMs: () => 0,
    },
    random,
    wallClock: () => 5,
    oneAtATime: turns(),
  }
  return {
    links,
    records,
    take: takeSecrets({
      self,
      publisher: by.publisher,
      admission,
      records,
      spread,
      log: silent,
    }),
    greet: (peer) => spread.greet(peer),
    own: (record) => kept.own(record),
    change: (decide) => changeSecrets(on, 'shop', decide),
    given: async () => (await kept.given(dev.publisher, 'shop'))?.values,
  }
}

/** Another machine as a peer of this one. */
const peerOf = ({ take }: Machine, from = 'other'): FakePeer => ({ secrets: (bytes) => take(from, bytes) })

const withKey =
  (key: string, value: string, runners: string[] = []) =>
  async (before: OwnSecrets) => ({
    values: { ...before.values, [key]: value },
    runners: [...new Set([...before.runners, ...runners])],
  })

test('what a publisher seals reaches the runners on its list, and nobody else hears of it', async () => {
  const [a, b] = [machine(2, ann), machine(3, bob)]
  const heard: string[] = []
  const publisher = machine(1, dev, {
    [annPeer]: peerOf(a),
    [bobPeer]: { secrets: async () => (heard.push('bob'), { kept: false }) },
  })
  const { record, told } = await publisher.change(withKey('TOKEN', 'value', [annPeer]))
  expect(told).toEqual({ keptBy: [annPeer], notKeptBy: [] })
  expect(record).toMatchObject({ sequence: 1, time: 5, runners: [annPeer], gone: [] })
  expect(await a.given()).toEqual({ TOKEN: 'value' })
  expect(heard).toEqual([])
  // Had somebody else given it to bob, he would neither keep nor open it.
  expect(await b.take('eve', record.bytes)).toEqual({ kept: false })
  expect(b.records.list()).toEqual([])
})

test('who leaves the list is told, lets go of what it had, and cannot open what follows', async () => {
  const [a, b] = [machine(2, ann), machine(3, bob)]
  const publisher = machine(1, dev, { [annPeer]: peerOf(a), [bobPeer]: peerOf(b) })
  await publisher.change(withKey('TOKEN', 'value', [annPeer, bobPeer]))
  const before = b.records.get(dev.publisher, 'shop')
  expect(await b.given()).toEqual({ TOKEN: 'value' })
  const { record, told } = await publisher.change(async ({ values }) => ({ values, runners: [annPeer] }))
  expect(told.keptBy.toSorted()).toEqual([annPeer, bobPeer].toSorted())
  expect(record).toMatchObject({ runners: [annPeer], gone: [bobPeer] })
  expect([await a.given(), await b.given()]).toEqual([{ TOKEN: 'value' }, undefined])
  // The old record, shown again, does not bring them back.
  expect(await b.take('eve', before?.bytes ?? new Uint8Array(0))).toMatchObject({ kept: false, newer: record.bytes })
  expect(await b.given()).toBeUndefined()
  // Back on the list, it is not among those that are gone.
  const back = await publisher.change(async ({ values, runners }) => ({ values, runners: [...runners, bobPeer] }))
  expect(back.record).toMatchObject({ sequence: 3, gone: [] })
  expect(await b.given()).toEqual({ TOKEN: 'value' })
})

test('who was away is told when it comes, by whoever has the record', async () => {
  const [a, b] = [machine(2, ann), machine(3, bob)]
  const { bytes } = await seal({ runners: [annPeer, bobPeer], gone: [evePeer] })
  await a.take('dev', bytes)
  const heard = Promise.withResolvers<Uint8Array>()
  a.links.peers.set(bobPeer, peerOf(b))
  a.links.peers.set(evePeer, { secrets: async (given) => (heard.resolve(given), { kept: true }) })
  a.links.peers.set('somebody', { secrets: () => Promise.reject(new Error('this is nothing to it')) })
  for (const peer of a.links.peers.keys()) a.greet(peer)
  expect(await heard.promise).toEqual(bytes)
  await expect.poll(b.given).toEqual({ TOKEN: 'value' })
})

test('a runner that has an older record learns of the newer one from whom it shows it to', async () => {
  const [a, b] = [machine(2, ann), machine(3, bob)]
  await a.take('dev', (await seal({ runners: [annPeer, bobPeer] })).bytes)
  await b.take('dev', (await seal({ sequence: 2, values: { TOKEN: 'newer' }, runners: [annPeer, bobPeer] })).bytes)
  a.links.peers.set(bobPeer, peerOf(b))
  a.greet(bobPeer)
  await expect.poll(a.given).toEqual({ TOKEN: 'newer' })
})

test('two machines of one publisher lose none of each other’s secrets', async () => {
  const a = machine(2, ann)
  const first = machine(1, dev, { [annPeer]: peerOf(a) })
  const second = machine(4, dev, { [annPeer]: peerOf(a) })
  await first.change(withKey('ONE', 'one', [annPeer]))
  // It knows nothing of the first, and signs the same sequence.
  const { record } = await second.change(withKey('TWO', 'two', [annPeer]))
  expect(record.sequence).toBe(2)
  expect(await a.given()).toEqual({ ONE: 'one', TWO: 'two' })
  await first.change(withKey('THREE', 'three'))
  expect(await a.given()).toEqual({ ONE: 'one', TWO: 'two', THREE: 'three' })
  expect((await first.own(first.records.get(dev.publisher, 'shop'))).sequence).toBe(3)
})

test('changes at the same time become one after another', async () => {
  const a = machine(2, ann)
  const publisher = machine(1, dev, { [annPeer]: peerOf(a) })
  await Promise.all(['A', 'B', 'C'].map((key) => publisher.change(withKey(key, key, [annPeer]))))
  expect(await a.given()).toEqual({ A: 'A', B: 'B', C: 'C' })
})

test('a runner that does not take it is told of, and what is sealed is kept all the same', async () => {
  const refusing: FakePeer = { secrets: () => Promise.reject(new HitherError('store-full', 'no room')) }
  const publisher = machine(1, dev, { [annPeer]: refusing })
  const { told } = await publisher.change(withKey('TOKEN', 'value', [annPeer]))
  expect(told).toEqual({ keptBy: [], notKeptBy: [{ peer: annPeer, code: 'store-full', message: 'no room' }] })
  expect(publisher.records.list()).toHaveLength(1)
})

test('a stranger’s records are refused, damaged ones too, and a publisher cannot fill the disk', async () => {
  const [strict, open] = [machine(2, ann, {}, admissionOf()), machine(2, ann)]
  const { bytes } = await seal()
  await expect(strict.take('dev', bytes)).rejects.toMatchObject({ code: 'not-admitted' })
  await expect(open.take('dev', bytes.with(90, (bytes[90] ?? 0) ^ 1))).rejects.toMatchObject({ code: 'bad-record' })
  for (let i = 0; i < 100; i++) await open.take('dev', (await seal({ name: `n${i}` })).bytes)
  await expect(open.take('dev', (await seal({ name: 'one-more' })).bytes)).rejects.toMatchObject({ code: 'store-full' })
  expect(await open.take('dev', (await seal({ name: 'n7', sequence: 2 })).bytes)).toEqual({ kept: true })
})

test('strangers cannot take the room for secrets of those whom the owner trusts, nor the owner’s own', async () => {
  const admission = admissionOf()
  admission.standing.rules = {
    ...NO_RULES,
    run: new Map([
      [ANYONE, {}],
      [dev.publisher, {}],
    ]),
  }
  const { take, records } = machine(2, ann, {}, admission)
  let taken = 0
  records.list = () => Array.from({ length: taken }, () => ({ publisher: 'others' }) as SecretsRecord)
  let n = 0
  const another = async (by: Signer, beside: number): Promise<unknown> => {
    taken = beside
    return take('from', (await seal({ name: `n${n++}` }, by)).bytes)
  }
  const full = expect.objectContaining({ code: 'store-full' })
  expect(await another(eve, SECRET_NAMES_BESIDE_STRANGERS_MAX - 1)).toEqual({ kept: true })
  await expect(another(eve, SECRET_NAMES_BESIDE_STRANGERS_MAX)).rejects.toThrow(full)
  for (const by of [dev, ann]) {
    expect(await another(by, SECRET_NAMES_MAX - 1)).toEqual({ kept: true })
    await expect(another(by, SECRET_NAMES_MAX)).rejects.toThrow(full)
  }
})

const admitting: FakePeer = { admits: async (publisher) => publisher === dev.publisher }

test('a runner qualifies by being named, connected, and admitting the publisher', async () => {
  const links = fakeLinks({
    [annPeer]: admitting,
    [bobPeer]: {},
    [evePeer]: { admits: () => Promise.reject(new Error('x')) },
  })
  const on = {
    links,
    joining: {
      ...joining(
        () => 0,
        () => 0,
      ),
      leftMs: () => 0,
    },
    publisher: dev.publisher,
    isRunner: false,
  }
  expect(await qualify(on, 'shop', [annPeer])).toEqual([annPeer])
  expect(await qualify(on, 'shop', 'all')).toEqual([annPeer])
  expect(await qualify({ ...on, isRunner: true }, 'shop', undefined)).toEqual(['self'])
  const refused = { code: 'no-runner', fix: expect.any(String) }
  await expect(qualify(on, 'shop', undefined)).rejects.toMatchObject({ ...refused, data: { candidates: [annPeer] } })
  for (const peer of [bobPeer, evePeer, peerOfKey(dev.publisher)]) {
    await expect(qualify(on, 'shop', [annPeer, peer])).rejects.toMatchObject({ ...refused, data: { peer } })
  }
  await expect(qualify(on, 'shop', ['ann'])).rejects.toMatchObject({ code: 'usage' })
  await expect(qualify({ ...on, links: fakeLinks() }, 'shop', 'all')).rejects.toMatchObject(refused)
})

const fn = await testFunction('code', { secrets: ['TOKEN'] })
const other = await testFunction('other')

/** What a call's function is given, by a runner that has secrets of `shop` and knows these names. */
async function asked(
  { name, cid = fn.cid }: { name?: string; cid?: typeof fn.cid },
  names: Names = memoryNames(),
  caller: FakePeer = {},
): Promise<Record<string, string> | undefined> {
  const runner = machine(2, ann)
  await runner.take('dev', (await seal()).bytes)
  const links = fakeLinks({ caller })
  const header = {
    cid,
    method: 'GET',
    url: 'http://x.y/',
    headers: [],
    remainingMs: 1000,
    hop: 0,
    ...(name && { name }),
  }
  const own = vault({
    records: runner.records,
    self: annPeer,
    signer: ann,
    publisherSeed: seedOf(2),
    peerSeed: seedOf(2),
  })
  const on = {
    vault: own,
    vouchers: vouchers({ names, links, functions: { take: () => {} }, log: silent }),
    faults: () => undefined,
  }
  const manifest = cid === fn.cid ? fn.manifest : other.manifest
  return (await secretsFor(on, manifest, { from: 'caller', header, publisher: dev.publisher, signal }))?.values
}

async function knowing(...cids: (typeof fn.cid | null)[]): Promise<Names> {
  const names = memoryNames()
  let prev = null
  for (const [i, cid] of cids.entries()) {
    const next = await nameRecord(dev, 'shop', i + 1, cid, prev)
    await names.put(next)
    prev = next.id
  }
  return names
}

test('a function is given the secrets of the name by which it was called, if that is or was its name', async () => {
  expect(await asked({ name: 'shop' }, await knowing(fn.cid))).toEqual({ TOKEN: 'value' })
  expect(await asked({ name: 'shop' }, await knowing(fn.cid, other.cid))).toEqual({ TOKEN: 'value' })
  const missing = { code: 'secret-missing', retry: 'elsewhere', data: { missing: 'TOKEN' } }
  await expect(asked({ name: 'shop' }, await knowing(other.cid))).rejects.toMatchObject(missing)
  await expect(asked({ name: 'shop' }, await knowing(fn.cid, null))).rejects.toMatchObject(missing)
  await expect(asked({ name: 'inn' }, await knowing(fn.cid))).rejects.toMatchObject(missing)
  await expect(asked({}, await knowing(fn.cid))).rejects.toMatchObject({ ...missing, fix: 'call it by its name' })
  // One that needs none runs without.
  expect(await asked({ cid: other.cid }, await knowing(other.cid))).toBeUndefined()
  expect(await asked({ name: 'shop', cid: other.cid }, await knowing(other.cid))).toEqual({ TOKEN: 'value' })
})

test('that a name is this function is not taken from the caller without a record', async () => {
  const shows = async (by: Signer, name: string, cid = fn.cid): Promise<FakePeer> => {
    const { bytes } = await nameRecord(by, name, 1, cid)
    return { name: async () => bytes }
  }
  expect(await asked({ name: 'shop' }, undefined, await shows(dev, 'shop'))).toEqual({ TOKEN: 'value' })
  for (const caller of [
    {},
    await shows(eve, 'shop'),
    await shows(dev, 'inn'),
    await shows(dev, 'shop', other.cid),
    { name: async () => new Uint8Array(9) },
  ]) {
    await expect(asked({ name: 'shop' }, undefined, caller)).rejects.toMatchObject({ code: 'secret-missing' })
  }
})

test('what is damaged or cannot be opened is a fault of the runner, not a function without secrets', async () => {
  const broken = { given: () => Promise.reject(new HitherError('bad-record', 'damaged in /home/ann')) }
  const on = {
    vault: broken,
    vouchers: vouchers({
      names: await knowing(fn.cid),
      links: fakeLinks(),
      functions: { take: () => {} },
      log: silent,
    }),
    faults: () => undefined,
  }
  const header = {
    cid: fn.cid,
    name: 'shop',
    method: 'GET',
    url: 'http://x.y/',
    headers: [],
    remainingMs: 1000,
    hop: 0,
  }
  const call = (async () => secretsFor(on, fn.manifest, { from: 'caller', header, publisher: dev.publisher, signal }))()
  await expect(call).rejects.toMatchObject({ code: 'runner-fault' })
  expect(JSON.stringify(await call.catch((error: HitherError) => error.toWire()))).not.toContain('/home')
})

test('a record that is not for this peer’s key is kept closed', async () => {
  const b = machine(3, bob)
  const sealed = await openSecrets((await seal()).bytes)
  // As a record would lie that names bob without being sealed to him.
  await b.records.put({ ...sealed, runners: [bobPeer] })
  await expect(b.given()).rejects.toMatchObject({ code: 'bad-record' })
})
