import { HitherError, type NameRecord } from '@hither/core'
import { memoryNames } from '@hither/store'
import { expect, test, vi } from 'vitest'
import { resolver, type Resolver } from '../src/resolve.ts'
import { joining } from '../src/network.ts'
import { fakeLinks, record, signer, silent, testFunction, type FakePeer } from './fakes.ts'

const now = (): number => 0

async function setup(peers: Record<string, FakePeer>) {
  const [me, ann] = [await signer(1), await signer(2)]
  const names = memoryNames()
  const links = fakeLinks(peers)
  const aliases = new Map([['ann', ann.publisher]])
  const make = (): Resolver =>
    resolver({ self: me.publisher, aliases, names, links, joining: joining(now), now, log: silent })
  return { me, ann, names, links, make }
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

test('offline, the last known record is served', async () => {
  vi.useFakeTimers()
  const { make, names } = await setup({})
  await names.put(first)
  const resolving = make().resolve('ann/x')
  await vi.runAllTimersAsync()
  expect((await resolving).cid.equals(one.cid)).toBe(true)
  vi.useRealTimers()
})

test('unknown, removed and impossible names', async () => {
  const { make, names } = await setup({ a: answers(undefined) })
  await expect(make().resolve('x')).rejects.toMatchObject({ code: 'unknown-name' })
  await expect(make().resolve('bob/x')).rejects.toMatchObject({
    code: 'unknown-name',
    fix: expect.stringContaining('fn alias add bob'),
  })
  await expect(make().resolve('ann/X')).rejects.toMatchObject({ code: 'bad-name' })
  await names.put(first)
  await names.put(await record(ann, 'x', 2, null))
  await expect(make().resolve('ann/x')).rejects.toMatchObject({
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
  const parts = { names, links, joining: { begin: () => {}, lost: () => {}, leftMs: () => 1000 }, now, log: silent }
  const resolving = resolver({ self: 'me', aliases: new Map([['ann', ann.publisher]]), ...parts }).resolve('ann/x')
  await new Promise((resolve) => setImmediate(resolve))
  links.peers.set('b', answers(first))
  links.emit({ type: 'up', peer: 'b' })
  expect((await resolving).cid.equals(one.cid)).toBe(true)
})
