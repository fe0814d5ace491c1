import { blockOf, HitherError, type Blocks, type CID, type NameRecord, type Names } from '@hither/core'
import { memoryBlocks, memoryNames } from '@hither/store'
import { expect, test } from 'vitest'
import { PINNED_VERSIONS } from '../src/limits/names.ts'
import { record, signer, testFunction } from './fakes.ts'
import { publisher, type Publisher } from './publisher.ts'

/** A publisher whose name `x` was at these functions, one after another; a dash is a removal. */
async function history(versions: string): Promise<Publisher> {
  const peer = await publisher()
  for (const version of versions) {
    if (version === '-') await peer.remove({ name: 'x' })
    else await peer.run({ entry: version, name: 'x' })
  }
  return peer
}

async function cidOf(version: string): Promise<string> {
  return (await testFunction(version)).cid.toString()
}

test('a rollback signs a new record that points at the version before', async () => {
  const { rollback, names, me } = await history('ab')
  const back = await rollback({ name: 'x' })
  expect(back).toMatchObject({ sequence: 3, backTo: 1, cid: await cidOf('a'), message: 'back to record 1' })
  const [newest, second] = names.history(me.publisher, 'x')
  expect(newest).toMatchObject({ sequence: 3, message: 'back to record 1', time: 5 })
  expect(newest?.prev?.toString()).toBe(second?.id.toString())
})

test('a second rollback goes on to what came before, and never returns to what the first one left', async () => {
  const { rollback } = await history('abc')
  expect(await rollback({ name: 'x' })).toMatchObject({ cid: await cidOf('b'), backTo: 2 })
  expect(await rollback({ name: 'x' })).toMatchObject({ cid: await cidOf('a'), backTo: 1 })
  await expect(rollback({ name: 'x' })).rejects.toMatchObject({
    code: 'usage',
    fix: expect.stringContaining('fn log x'),
  })
  expect(await rollback({ name: 'x', to: '3', message: 'forth' })).toMatchObject({
    sequence: 6,
    cid: await cidOf('c'),
    message: 'forth',
  })
})

test('a record is chosen by its number or by its function', async () => {
  const { rollback } = await history('abc')
  expect(await rollback({ name: 'x', to: '1' })).toMatchObject({ sequence: 4, backTo: 1, cid: await cidOf('a') })
  expect(await rollback({ name: 'x', to: await cidOf('b') })).toMatchObject({ sequence: 5, backTo: 2 })
})

test('a removed name comes back, as it was or further back', async () => {
  const { rollback } = await history('ab-')
  expect(await rollback({ name: 'x' })).toMatchObject({ sequence: 4, backTo: 2, cid: await cidOf('b') })
  expect(await rollback({ name: 'x' })).toMatchObject({ sequence: 5, backTo: 1, cid: await cidOf('a') })
})

test('what cannot be gone back to is refused, and nothing is signed', async () => {
  const { rollback, names, me } = await history('a-b')
  const refused = {
    '9': ['usage', 'never was at 9'],
    '2': ['usage', 'removal'],
    '3': ['usage', 'already'],
    [await cidOf('b')]: ['usage', 'already'],
    [await cidOf('unknown')]: ['usage', 'never was at'],
    rubbish: ['bad-name', 'rubbish'],
  }
  for (const [to, [code, words]] of Object.entries(refused)) {
    await expect(rollback({ name: 'x', to })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words ?? ''),
    })
  }
  await expect(rollback({ name: 'y' })).rejects.toMatchObject({ code: 'unknown-name' })
  await expect(rollback({ name: 'ann/x' })).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('only its publisher can'),
  })
  await expect(rollback({ name: await cidOf('a') })).rejects.toMatchObject({ code: 'usage' })
  await expect(rollback({ name: 'x', message: 'two\nlines' })).rejects.toMatchObject({ code: 'usage' })
  expect(names.highest(me.publisher, 'x')).toBe(3)
})

test('blocks that are gone are fetched from peers and pinned; where nobody has them nothing is signed', async () => {
  const { names, me, run } = await publisher()
  const [a, b] = [await testFunction('a'), await testFunction('b')]
  for (const entry of ['a', 'b']) await run({ entry, name: 'x' })
  const has = new Map(a.blocks.map(({ cid, bytes }) => [cid.toString(), bytes]))

  const alone = await publisher({ names, blocks: memoryBlocks({ capBytes: 1e6 }) })
  await expect(alone.rollback({ name: 'x' })).rejects.toMatchObject({
    code: 'unknown-function',
    message: expect.stringContaining('record 1'),
  })
  expect(names.highest(me.publisher, 'x')).toBe(2)

  const size = [...a.blocks, ...b.blocks].reduce((sum, { bytes }) => sum + bytes.length, 0)
  const blocks = memoryBlocks({ capBytes: size })
  const keeper = { rttMs: 1, block: async (cid: { toString(): string }) => has.get(cid.toString()) }
  const helped = await publisher({ names, blocks, peers: { keeper } })
  expect(await helped.rollback({ name: 'x' })).toMatchObject({ sequence: 3 })
  const other = await blockOf(new Uint8Array(size - 10), 'raw')
  await expect(blocks.put(other.cid, other.bytes)).rejects.toMatchObject({ code: 'store-full' })
})

test('records that other machines of the same publisher signed can be gone back to', async () => {
  const me = await signer(1)
  const { cid, blocks: made } = await testFunction('a')
  const first = await record(me, 'x', 1, cid)
  const second = await record(me, 'x', 2, (await testFunction('b')).cid, first.id)
  const all = new Map([...made, { cid: first.id, bytes: first.bytes }].map((one) => [one.cid.toString(), one.bytes]))
  const { rollback } = await publisher({
    peers: {
      other: { rttMs: 1, name: async () => second.bytes, block: async (wanted) => all.get(wanted.toString()) },
    },
  })
  expect(await rollback({ name: 'x' })).toMatchObject({ sequence: 3, backTo: 1, cid: cid.toString() })
})

/** Which of these functions' blocks could not be evicted, however much room were needed. */
async function pinnedOf(blocks: Blocks, versions: string[]): Promise<string[]> {
  const { capBytes } = blocks.usage()
  const flood = await Promise.all([1, 2, 3, 4].map((n) => blockOf(new Uint8Array(capBytes / 4).fill(n), 'raw')))
  // Blocks that together need all room evict whatever is not pinned, until what is pinned leaves none.
  for (const { cid, bytes } of flood) await blocks.put(cid, bytes).catch(() => undefined)
  const left = await Promise.all(
    versions.map(async (version) => {
      const { blocks: made } = await testFunction(version)
      const held = await Promise.all(made.map(({ cid }) => blocks.has(cid)))
      return held.every(Boolean) ? version : undefined
    }),
  )
  return left.filter((version) => version !== undefined)
}

test('a removal unpins what only that name needed, and keeps what others share', async () => {
  const { run, remove, blocks } = await publisher()
  await run({ entry: 'only', name: 'x' })
  await run({ entry: 'older', name: 'y' })
  await run({ entry: 'shared', name: 'x' })
  await run({ entry: 'shared', name: 'y' })
  await remove({ name: 'x' })
  expect(await pinnedOf(blocks, ['only', 'shared', 'older'])).toEqual(['shared', 'older'])
})

test('a name that is brought back is pinned again', async () => {
  const { run, remove, rollback, blocks } = await publisher()
  await run({ entry: 'a', name: 'x' })
  await remove({ name: 'x' })
  await rollback({ name: 'x' })
  expect(await pinnedOf(blocks, ['a'])).toEqual(['a'])
})

test('of one name the newest versions stay pinned', async () => {
  const versions = Array.from({ length: PINNED_VERSIONS + 3 }, (_, n) => `version ${n}`)
  const { run, blocks } = await publisher()
  for (const entry of versions) await run({ entry, name: 'x' })
  expect(await pinnedOf(blocks, versions)).toEqual(versions.slice(3))
})

test('a block that a deploy names while a removal lets go of it stays pinned', async () => {
  const { run, remove, blocks } = await publisher()
  await run({ entry: 'shared', name: 'x' })
  await Promise.all([remove({ name: 'x' }), run({ entry: 'shared', name: 'y' })])
  expect(await pinnedOf(blocks, ['shared'])).toEqual(['shared'])
})

test('a deploy that is cut short leaves nothing pinned but what other names need', async () => {
  const { run, blocks } = await publisher()
  await run({ entry: 'shared', name: 'x' })
  const signal = AbortSignal.abort(new HitherError('cancelled', 'Ctrl-C'))
  for (const entry of ['alone', 'shared']) {
    await expect(run({ entry, name: 'y' }, { signal })).rejects.toMatchObject({ code: 'cancelled' })
  }
  expect(await pinnedOf(blocks, ['alone', 'shared'])).toEqual(['shared'])
})

test('what a deploy pinned that was killed before it named it is let go of when the next one begins', async () => {
  const blocks = memoryBlocks({ capBytes: 10_000 })
  const [names, { cid, bytes }] = [memoryNames(), await blockOf(new Uint8Array(9000), 'raw')]
  const before = await publisher({ blocks, names })
  await before.run({ entry: 'named', name: 'x' })
  await blocks.put(cid, bytes, { pin: true })
  const after = await publisher({ blocks, names })
  const room = await blockOf(new Uint8Array(9000).fill(1), 'raw')
  await expect(blocks.put(room.cid, room.bytes)).rejects.toMatchObject({ code: 'store-full' })
  await after.run({ entry: 'next', name: 'y' })
  await blocks.put(room.cid, room.bytes)
  expect(await blocks.has(cid)).toBe(false)
  expect(await pinnedOf(blocks, ['named', 'next'])).toEqual(['named', 'next'])
})

test('also where another machine has deployed with the same key, what of it never came here notwithstanding', async () => {
  const blocks = memoryBlocks({ capBytes: 10_000 })
  const names = memoryNames()
  await (await publisher({ names })).run({ entry: 'elsewhere', name: 'x' })
  const { cid, bytes } = await blockOf(new Uint8Array(9000), 'raw')
  await blocks.put(cid, bytes, { pin: true })
  await (await publisher({ blocks, names })).run({ entry: 'here', name: 'y' })
  expect(blocks.pinned()).not.toContain(cid.toString())
})

test('where the newest record of a name cannot be read, the next deploy lets go of nothing', async () => {
  const [names, blocks] = [memoryNames(), memoryBlocks({ capBytes: 10_000 })]
  await (await publisher({ blocks, names })).run({ entry: 'named', name: 'x' })
  const without: Names = Object.assign(memoryNames(), { missesNewest: () => true })
  await (await publisher({ blocks, names: without })).run({ entry: 'next', name: 'y' })
  expect(await pinnedOf(blocks, ['named', 'next'])).toEqual(['named', 'next'])
})

test('where the manifest of a function that a name needs cannot be read just now, the next deploy lets go of nothing', async () => {
  const [names, blocks] = [memoryNames(), memoryBlocks({ capBytes: 10_000 })]
  await (await publisher({ blocks, names })).run({ entry: 'named', name: 'x' })
  const damaged = await cidOf('named')
  const without: Blocks = Object.assign(Object.create(blocks) as Blocks, {
    get: async (cid: CID) => (cid.toString() === damaged ? undefined : blocks.get(cid)),
  })
  await (await publisher({ blocks: without, names })).run({ entry: 'next', name: 'y' })
  expect(await pinnedOf(blocks, ['named', 'next'])).toEqual(['named', 'next'])
})

test('a deploy that the store has no room for leaves nothing pinned', async () => {
  const { blocks: made } = await testFunction('large')
  const blocks = memoryBlocks({ capBytes: Math.max(...made.map(({ bytes }) => bytes.length)) })
  const { run } = await publisher({ blocks })
  await expect(run({ entry: 'large' })).rejects.toMatchObject({ code: 'store-full' })
  const { cid, bytes } = await blockOf(new Uint8Array(blocks.usage().capBytes), 'raw')
  await blocks.put(cid, bytes)
  expect(blocks.usage().count).toBe(1)
})

test('a rollback whose record cannot be kept leaves pinned what was', async () => {
  const versions = Array.from({ length: PINNED_VERSIONS + 1 }, (_, n) => `version ${n}`)
  const { run, rollback, names, blocks } = await publisher()
  for (const entry of versions) await run({ entry, name: 'x' })
  names.put = () => Promise.reject(new HitherError('store-full', 'no room for a record'))
  await expect(rollback({ name: 'x', to: '1' })).rejects.toMatchObject({ code: 'store-full' })
  expect(await pinnedOf(blocks, versions)).toEqual(versions.slice(1))
})

test('a removal signs a record that points nowhere and tells everybody within reach', async () => {
  const peers = Object.fromEntries(
    ['a', 'b', 'c'].map((peer) => [peer, { rttMs: 1, announce: async () => ({ kept: false }) }]),
  )
  const { run, remove, names, me, links } = await publisher({ peers })
  const deployed = await run({ entry: 'a', name: 'x' })
  links.told.length = 0
  const removed = await remove({ name: 'x', message: 'it leaks' })
  expect(removed).toMatchObject({ sequence: 2, moved: true, cid: deployed.cid, toldTo: ['a', 'b', 'c'], notToldTo: [] })
  expect(links.told).toEqual(['a', 'b', 'c'])
  const newest = names.get(me.publisher, 'x') as NameRecord
  expect(newest).toMatchObject({ cid: null, message: 'it leaks' })

  expect(await remove({ name: 'x' })).toMatchObject({ sequence: 2, moved: false, cid: null, message: 'it leaks' })
  await expect(remove({ name: 'y' })).rejects.toMatchObject({ code: 'unknown-name' })
  await expect(remove({ name: 'ann/x' })).rejects.toMatchObject({ code: 'usage' })
})
