import { HitherError, type NameRecord } from '@hither/core'
import { memoryNames } from '@hither/store'
import { expect, onTestFinished, test, vi } from 'vitest'
import { resolver, type Resolved, type Resolver } from '../src/resolve.ts'
import { joining } from '../src/network.ts'
import { expected, fakeLinks, record, signer, silent, testFunction, type FakePeer } from './fakes.ts'

const now = (): number => 0

async function setup(peers: Record<string, FakePeer>) {
  const [me, ann] = [await signer(1), await signer(2)]
  const clock = { wall: 10_000 }
  const names = memoryNames({ now: () => clock.wall })
  const links = fakeLinks(peers)
  const aliases = new Map([['ann', ann.publisher]])
  const make = (follows?: (publisher: string) => boolean): Resolver =>
    resolver({
      ...(follows && { follows }),
      self: me.publisher,
      aliases,
      names,
      links,
      joining: joining(now, () => 0),
      now,
      wallClock: () => clock.wall,
      log: silent,
    })
  return { me, ann, names, links, make, clock }
}

const [one, two] = [await testFunction('1'), await testFunction('2')]
const ann = await signer(2)
const [first, second] = [await record(ann, 'x', 1, one.cid), await record(ann, 'x', 2, two.cid)]

function answers(with_: NameRecord | Uint8Array | undefined): FakePeer {
  return { rttMs: 1, name: async () => (with_ instanceof Uint8Array ? with_ : with_?.bytes) }
}

test('the newest of what peers answer wins, whoever answers first', async () => {
  const { make } = await setup({ a: answers(second), b: answers(first), c: answers(undefined) })
  const resolved = await make().resolve('ann/x')
  expect(resolved.cid.equals(two.cid)).toBe(true)
  expect(resolved).toMatchObject({ publisher: ann.publisher, name: `${ann.publisher}/x` })
})

test('forged, foreign and unreadable records do not count, and do not hide an honest one', async () => {
  const forged = Uint8Array.from(second.bytes)
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
  const { make, names } = await setup({
    forger: answers(forged),
    foreign: answers(await record(await signer(3), 'x', 9, two.cid)),
    rubbish: answers(new Uint8Array(10)),
    gone: { name: () => Promise.reject(new HitherError('peer-unreachable', 'gone')) },
    honest: answers(first),
  })
  expect((await make().resolve('ann/x')).cid.equals(one.cid)).toBe(true)
  expect(names.list()).toHaveLength(1)
})

test('an older record than the one known is not believed', async () => {
  const { make, names } = await setup({ old: answers(first) })
  await names.put(second)
  expect((await make().resolve('ann/x')).cid.equals(two.cid)).toBe(true)
})

test('a name asked for a moment ago is answered without the network', async () => {
  const name = vi.fn(async () => first.bytes)
  const { make } = await setup({ a: { name } })
  const names = make()
  await names.resolve('ann/x')
  await names.resolve('ann/x')
  expect(name).toHaveBeenCalledTimes(1)
})

test('a name that somebody else asked for is used and not kept, until its owner calls it', async () => {
  const name = vi.fn(async () => first.bytes)
  const { make, names } = await setup({ a: { name } })
  const found = make()
  for (const _ of [1, 2]) expect((await found.resolve('ann/x', { keep: false })).cid.equals(one.cid)).toBe(true)
  expect(name).toHaveBeenCalledTimes(1)
  expect(names.list()).toEqual([])
  await found.resolve('ann/x')
  await expect.poll(() => names.list()).toHaveLength(1)
  // What was heard of it is as good as what peers would say again.
  expect(name).toHaveBeenCalledTimes(1)
})

test('one’s own name is kept, whoever asked for it', async () => {
  const me = await signer(1)
  const { make, names } = await setup({ a: answers(await record(me, 'x', 1, one.cid)) })
  await make().resolve('x', { keep: false })
  expect(names.list()).toHaveLength(1)
})

test('a name of a publisher that this peer follows is kept, whoever asked for it', async () => {
  const { make, names } = await setup({ a: answers(first) })
  await make((publisher) => publisher === ann.publisher).resolve('ann/x', { keep: false })
  expect(names.list()).toHaveLength(1)
})

test('offline, the last known record is served, with its age', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { make, names, clock } = await setup({})
  await names.put(first)
  clock.wall += 5000
  const resolving = make().resolve('ann/x')
  await vi.runAllTimersAsync()
  const { cid, record: known } = await resolving
  expect(cid.equals(one.cid)).toBe(true)
  expect(known).toEqual({ sequence: 1, confirmedAgoMs: 5000, unconfirmed: true, forked: false })
})

test('a record that a peer confirms is as young as its answer; one that nobody confirms keeps its age', async () => {
  const { make, names, clock } = await setup({ a: answers(first), b: answers(undefined) })
  await names.put(first)
  clock.wall += 5000
  const found = make()
  expect((await found.resolve('ann/x')).record).toMatchObject({ confirmedAgoMs: 0, unconfirmed: false })
  clock.wall += 700
  expect((await found.resolve('ann/x')).record).toMatchObject({ confirmedAgoMs: 700, unconfirmed: false })

  const alone = await setup({ b: answers(undefined), old: answers(first) })
  await alone.names.put(second)
  alone.clock.wall += 5000
  const asks = alone.make()
  for (const _ of [1, 2]) {
    expect((await asks.resolve('ann/x')).record).toMatchObject({ confirmedAgoMs: 5000, unconfirmed: true })
  }
  await alone.names.put(second)
  expect((await asks.resolve('ann/x')).record).toMatchObject({ confirmedAgoMs: 0, unconfirmed: false })
})

test('one’s own names need nobody to confirm them', async () => {
  const { make, me, names } = await setup({ a: answers(undefined) })
  await names.put(await record(me, 'x', 1, one.cid))
  const found = make()
  for (const _ of [1, 2]) expect((await found.resolve('x')).record).toMatchObject({ unconfirmed: false })
})

test('a name that its publisher forked says so until they sign a higher record', async () => {
  const fork = await record(ann, 'x', 1, two.cid)
  const { make, names } = await setup({ a: answers(first), b: answers(fork) })
  await names.put(first)
  const found = make()
  const resolved = await found.resolve('ann/x')
  expect(resolved.cid.equals(one.cid)).toBe(true)
  expect(resolved.record).toMatchObject({ sequence: 1, forked: true })
  await names.put(second)
  expect((await found.resolve('ann/x')).record).toMatchObject({ sequence: 2, forked: false })
})

test('the record of a name is asked for anew each time, and may be a removal', async () => {
  const name = vi.fn(async () => first.bytes)
  const { make, names } = await setup({ a: { rttMs: 1, name } })
  const found = make()
  for (const _ of [1, 2]) expect((await found.record('ann/x')).record.sequence).toBe(1)
  expect(name).toHaveBeenCalledTimes(2)
  await names.put(await record(ann, 'x', 2, null))
  expect((await found.record('ann/x')).record.cid).toBeNull()
  await expect(found.record(one.cid.toString())).rejects.toMatchObject({ code: 'bad-name' })
})

test('unknown, removed and impossible names', async () => {
  const { make, names } = await setup({ a: answers(undefined) })
  const resolve = async (target: string): Promise<Resolved> => make().resolve(target)
  await expect(resolve('x')).rejects.toMatchObject({ code: 'unknown-name' })
  await expect(resolve('bob/x')).rejects.toMatchObject({
    code: 'unknown-name',
    fix: expect.stringContaining('fn alias add bob'),
  })
  await expect(resolve('ann/X')).rejects.toMatchObject({ code: 'bad-name' })
  await names.put(first)
  await names.put(await record(ann, 'x', 2, null))
  await expect(resolve('ann/x')).rejects.toMatchObject({
    code: 'unknown-name',
    message: expect.stringContaining('removed'),
  })
})

test('a CID needs no name, and brings its publisher where one is known', async () => {
  const { make, names } = await setup({})
  expect(await make().resolve(one.cid.toString())).not.toHaveProperty('publisher')
  await names.put(first)
  expect(await make().resolve(one.cid.toString())).toMatchObject({ publisher: ann.publisher })
})

test('in the first moments online, a peer that is linked later is asked as well', async () => {
  const { links, names } = await setup({ a: answers(undefined) })
  const parts = { names, links, joining: expected(1000), now, log: silent }
  const resolving = resolver({ self: 'me', aliases: new Map([['ann', ann.publisher]]), ...parts }).resolve('ann/x')
  await new Promise((resolve) => setImmediate(resolve))
  links.peers.set('b', answers(first))
  links.emit({ type: 'up', peer: 'b' })
  expect((await resolving).cid.equals(one.cid)).toBe(true)
})
