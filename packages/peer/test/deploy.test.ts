import { randomBytes } from 'node:crypto'
import {
  HitherError,
  type CID,
  peerOfKey,
  type Blocks,
  type Built,
  type Links,
  type NameRecord,
  type Names,
  type PublisherId,
  type Signer,
} from '@hither/core'
import { sealSecrets } from '@hither/core/secrets'
import { memoryBlocks, memoryNames } from '@hither/store'
import { expect, test } from 'vitest'
import { NAMES_BESIDE_STRANGERS_MAX, NAMES_MAX } from '../src/limits/names.ts'
import { ANYONE, NO_RULES } from '../src/rules/rules.ts'
import { takeAnnouncement } from '../src/serve/records.ts'
import { functions } from '../src/functions.ts'
import { admissionOf, fakeLinks, record, signer, silent, testFunction, type FakePeer } from './fakes.ts'
import { publisher } from './publisher.ts'

/** A peer that keeps what it is told of, or says why not. */
const takes = (kept: boolean, code?: 'not-admitted' | 'store-full'): FakePeer => ({
  rttMs: 1,
  announce: async () => {
    if (code !== undefined) throw new HitherError(code, 'no')
    return { kept }
  },
})

test('what is deployed is stored, pinned, named and announced; who keeps it and who does not is told', async () => {
  const { run, me, names, blocks } = await publisher({
    peers: { a: takes(true), b: takes(false), c: takes(true, 'not-admitted') },
  })
  const deployed = await run({ entry: 'one', message: 'first' })
  expect(deployed).toMatchObject({
    name: `${me.publisher}/built`,
    sequence: 1,
    moved: true,
    keptBy: ['a'],
    notKeptBy: [{ peer: 'c', code: 'not-admitted' }],
    warnings: ['careful'],
  })
  const kept = names.get(me.publisher, 'built')
  expect(kept).toMatchObject({ sequence: 1, prev: null, time: 5, message: 'first' })
  expect(kept?.cid?.toString()).toBe(deployed.cid)
  expect(blocks.usage().count).toBe(2)
})

test('each deploy names the record it replaces', async () => {
  const { run, me, names } = await publisher()
  await run({ entry: 'one', name: 'x' })
  await run({ entry: 'two', name: 'x' })
  const [second, first] = names.history(me.publisher, 'x')
  expect(second?.sequence).toBe(2)
  expect(first && second?.prev?.equals(first.id)).toBe(true)
})

test('deploys of one name at the same time become one after another', async () => {
  const { run, me, names } = await publisher()
  const all = await Promise.all(['one', 'two', 'three'].map((entry) => run({ entry, name: 'x' })))
  expect(new Set(all.map(({ sequence }) => sequence))).toEqual(new Set([1, 2, 3]))
  expect(names.history(me.publisher, 'x')).toHaveLength(3)
})

test('while links come up, a deployer goes on telling until enough of them hold the function', async () => {
  const { run, links } = await publisher({ peers: { a: takes(false), b: takes(false) }, joiningMs: 1000 })
  const running = run({ entry: 'one' })
  for (const late of ['c', 'd']) {
    await expect.poll(() => links.told.length).toBe(late === 'c' ? 2 : 3)
    links.peers.set(late, takes(true))
    links.emit({ type: 'up', peer: late })
  }
  expect(await running).toMatchObject({ keptBy: ['c', 'd'] })
})

test('a deploy goes on from what the same publisher deployed on another machine', async () => {
  const elsewhere = await record(await signer(1), 'x', 7, (await testFunction('elsewhere')).cid)
  const { run } = await publisher({ peers: { a: { rttMs: 1, name: async () => elsewhere.bytes } } })
  expect(await run({ entry: 'one', name: 'x' })).toMatchObject({ sequence: 8 })
})

test('the same function is deployed again where the newest record is forked: a higher one settles it', async () => {
  const me = await signer(1)
  const { run, names } = await publisher()
  await run({ entry: 'one', name: 'x' })
  const fork = await record(me, 'x', 1, (await testFunction('elsewhere')).cid)
  await expect(names.put(fork)).rejects.toMatchObject({ code: 'forked-record' })
  expect(await run({ entry: 'one', name: 'x' })).toMatchObject({ sequence: 2, moved: true })
  expect(await run({ entry: 'one', name: 'x' })).toMatchObject({ sequence: 2, moved: false })
})

test('a sequence whose record was damaged here is not given out again', async () => {
  const names = memoryNames()
  names.highest = () => 7
  const { run } = await publisher({ names })
  expect(await run({ entry: 'one', name: 'x' })).toMatchObject({ sequence: 8 })
})

test('a name of somebody else is not deployed to; one’s own may be written in full', async () => {
  const { run, me } = await publisher()
  await expect(run({ entry: 'one', name: 'ann/x' })).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('only its publisher can'),
  })
  expect(await run({ entry: 'one', name: `${me.publisher}/x` })).toMatchObject({ name: `${me.publisher}/x` })
})

test('nothing is stored or moved when the build fails, or name or message are impossible', async () => {
  const fails = await publisher({ build: { build: () => Promise.reject(new HitherError('build-failed', 'no')) } })
  await expect(fails.run({ entry: 'one' })).rejects.toMatchObject({ code: 'build-failed' })
  const named = await publisher()
  await expect(named.run({ entry: 'one', name: 'No!' })).rejects.toMatchObject({ code: 'bad-name' })
  await expect(named.run({ entry: 'one', message: 'two\nlines' })).rejects.toMatchObject({ code: 'usage' })
  for (const { names, blocks } of [fails, named]) {
    expect(names.list()).toEqual([])
    expect(blocks.usage().count).toBe(0)
  }
})

test('whoever deploys what needs secrets hears which are not given, and what gives them', async () => {
  const build = async (entry: string): Promise<Built> => ({
    ...(await testFunction(entry, { secrets: ['API_KEY', 'TOKEN'] })),
    name: 'built',
    warnings: [],
  })
  const { run, me, vault } = await publisher({ build: { build } })
  const give = async (sequence: number, values: Record<string, string>, runners: string[]): Promise<unknown> =>
    vault.records.put(
      await sealSecrets(me, { name: 'built', sequence, time: 0, values, runners, gone: [] }, (count) =>
        randomBytes(count),
      ),
    )
  expect((await run({ entry: 'one' })).warnings).toEqual([
    'no runner takes it without the secret API_KEY; give it: fn secret set built API_KEY --runner PEER',
    'no runner takes it without the secret TOKEN; give it: fn secret set built TOKEN --runner PEER',
  ])
  const ann = peerOfKey((await signer(2)).publisher) ?? ''
  await give(1, { TOKEN: 'value' }, [ann])
  expect((await run({ entry: 'two' })).warnings).toEqual([
    'no runner takes it without the secret API_KEY; give it: fn secret set built API_KEY',
  ])
  await give(2, { TOKEN: 'value', API_KEY: 'value' }, [ann])
  expect((await run({ entry: 'two' })).warnings).toEqual([])
  vault.own = () => Promise.reject(new HitherError('bad-record', 'it is damaged'))
  expect(await run({ entry: 'three' })).toMatchObject({ sequence: 3, warnings: [] })
})

interface Receiver {
  take: (from: string, record: Uint8Array) => Promise<{ kept: boolean }>
  blocks: Blocks
  passedOn: string[]
  admission: ReturnType<typeof admissionOf>
}

/** A peer that admits `friend`. */
async function receiver(
  friend: Signer,
  {
    keeps = true,
    give = {},
    functions: max,
    names = memoryNames(),
    follows = [],
  }: { keeps?: boolean; give?: FakePeer; functions?: number; names?: Names; follows?: PublisherId[] } = {},
): Promise<Receiver> {
  const passedOn: string[] = []
  const links: Links = fakeLinks({
    from: give,
    other: {
      announce: async () => {
        passedOn.push('other')
        return { kept: false }
      },
    },
  })
  const blocks = memoryBlocks({ capBytes: 1e6 })
  const admission = admissionOf(friend.publisher)
  if (max !== undefined) {
    admission.standing.rules = { ...NO_RULES, run: new Map([[friend.publisher, { functions: max }]]) }
  }
  const take = takeAnnouncement({
    names,
    links,
    functions: functions({ blocks, links, now: () => 0, log: silent }),
    admission,
    follows: (who) => follows.includes(who),
    keeps: () => keeps,
    log: silent,
  })
  return { take, blocks, passedOn, admission }
}

test('a runner fetches what an admitted publisher announces before it says that it keeps it, and passes the news on once', async () => {
  const friend = await signer(2)
  const { cid, blocks: made } = await testFunction('code')
  const { bytes } = await record(friend, 'x', 1, cid)
  const has = new Map(made.map((block) => [block.cid.toString(), block.bytes]))
  const { take, blocks, passedOn } = await receiver(friend, {
    give: { block: async (wanted) => has.get(wanted.toString()) },
  })
  expect(await take('from', bytes)).toEqual({ kept: true })
  expect(await take('from', bytes)).toEqual({ kept: true })
  expect(blocks.usage().count).toBe(2)
  expect(passedOn).toEqual(['other'])
})

test('a stranger’s announcement is refused and leaves nothing; a damaged or older one as well', async () => {
  const [friend, stranger] = [await signer(2), await signer(3)]
  const { cid } = await testFunction('code')
  const { take, blocks, passedOn } = await receiver(friend, { keeps: false })
  await expect(take('from', (await record(stranger, 'x', 1, cid)).bytes)).rejects.toMatchObject({
    code: 'not-admitted',
  })
  await expect(take('from', new Uint8Array(99))).rejects.toMatchObject({ code: 'bad-record' })
  expect(passedOn).toEqual([])

  expect(await take('from', (await record(friend, 'x', 2, cid)).bytes)).toEqual({ kept: false })
  await expect(take('from', (await record(friend, 'x', 1, cid)).bytes)).rejects.toMatchObject({ code: 'stale-record' })
  expect(blocks.usage().count).toBe(0)
})

test('who cannot get the blocks does not claim to keep them', async () => {
  const friend = await signer(2)
  const { cid } = await testFunction('code')
  const { take } = await receiver(friend)
  await expect(take('from', (await record(friend, 'x', 1, cid)).bytes)).rejects.toMatchObject({
    code: 'unknown-function',
  })
})

test('of a publisher no more names are stored than its rule says, and those that are there move on', async () => {
  const friend = await signer(2)
  const { cid } = await testFunction('code')
  const { take } = await receiver(friend, { keeps: false, functions: 1 })
  await take('from', (await record(friend, 'x', 1, cid)).bytes)
  await expect(take('from', (await record(friend, 'y', 1, cid)).bytes)).rejects.toMatchObject({
    code: 'store-full',
    why: expect.stringContaining('1 functions'),
  })
  await take('from', (await record(friend, 'x', 2, cid)).bytes)
})

test('names that were removed take no room for functions, and come back only where there is some', async () => {
  const friend = await signer(2)
  const { cid } = await testFunction('code')
  const { take } = await receiver(friend, { keeps: false, functions: 1 })
  const full = expect.objectContaining({ code: 'store-full' })
  const put = async (name: string, sequence: number, to: CID | null): Promise<unknown> =>
    take('from', (await record(friend, name, sequence, to)).bytes)
  await put('one', 1, cid)
  await put('one', 2, null)
  await put('two', 1, cid)
  await expect(put('one', 3, cid)).rejects.toThrow(full)
  await expect(put('three', 1, cid)).rejects.toThrow(full)
  await put('two', 2, null)
  await put('one', 3, cid)
})

test('strangers cannot take the room for names of those whom the user trusts or follows', async () => {
  const [friend, followed, stranger] = [await signer(2), await signer(3), await signer(4)]
  const { cid } = await testFunction('code')
  let all = NAMES_BESIDE_STRANGERS_MAX - 1
  const names = memoryNames()
  names.list = (of) => Array.from<NameRecord>({ length: of === undefined ? all : 0 })
  const { take, admission } = await receiver(friend, { keeps: false, names, follows: [followed.publisher] })
  admission.standing.rules = { ...NO_RULES, run: new Map([...admission.standing.rules.run, [ANYONE, {}]]) }
  let n = 0
  const another = async (by: Signer): Promise<unknown> => take('from', (await record(by, `n${n++}`, 1, cid)).bytes)
  const full = expect.objectContaining({ code: 'store-full' })
  await another(stranger)
  all = NAMES_BESIDE_STRANGERS_MAX
  await expect(another(stranger)).rejects.toThrow(full)
  all = NAMES_MAX - 1
  for (const by of [friend, followed]) await another(by)
  all = NAMES_MAX
  await expect(another(friend)).rejects.toThrow(full)
})
