import type { NameRecord } from '@hither/core'
import { memoryNames } from '@hither/store'
import { expect, test, vi } from 'vitest'
import { record, signer, testFunction, type FakePeer } from './fakes.ts'
import { publisher } from './publisher.ts'

const ann = await signer(2)

/** A chain of records of ann's name `x`, the first one first. */
async function chain(length: number, from?: NameRecord): Promise<NameRecord[]> {
  const records = from === undefined ? [] : [from]
  for (let sequence = records.length + 1; sequence <= length; sequence++) {
    const { cid } = await testFunction(`version ${sequence}`)
    records.push(await record(ann, 'x', sequence, cid, records.at(-1)?.id ?? null))
  }
  return records
}

/** A peer that has these records as blocks, and answers with the last as the newest. */
function keeper(records: NameRecord[]): FakePeer {
  const byId = new Map(records.map(({ id, bytes }) => [id.toString(), bytes]))
  return { rttMs: 1, name: async () => records.at(-1)?.bytes, block: async (cid) => byId.get(cid.toString()) }
}

const sequences = (entries: { sequence: number }[]): number[] => entries.map(({ sequence }) => sequence)

test('one’s own history is shown without the network', async () => {
  const { run, remove, log, onlines, me } = await publisher()
  await run({ entry: 'a', name: 'x', message: 'first' })
  await remove({ name: 'x' })
  const shown = await log({ name: 'x' })
  expect(shown).toMatchObject({
    name: `${me.publisher}/x`,
    own: true,
    whole: true,
    more: false,
    forks: [],
    record: { sequence: 2, unconfirmed: false, forked: false },
    entries: [
      { sequence: 2, cid: null, removed: true, message: '', follows: 'previous' },
      { sequence: 1, removed: false, message: 'first', time: 5, prev: null, follows: 'nothing' },
    ],
  })
  expect(shown.entries[0]?.prev).toBe(shown.entries[1]?.id)
  expect(onlines()).toBe(0)
  await expect(log({ name: 'never' })).rejects.toMatchObject({ code: 'unknown-name' })
})

test('records that are missing here are asked of peers, and kept', async () => {
  const records = await chain(5)
  const { log, names, links, clock } = await publisher({ peers: { a: { rttMs: 1 }, b: keeper(records) } })
  const shown = await log({ name: 'ann/x' })
  expect(sequences(shown.entries)).toEqual([5, 4, 3, 2, 1])
  expect(shown).toMatchObject({ alias: 'ann', own: false, whole: true, record: { unconfirmed: false } })
  expect(names.history(ann.publisher, 'x')).toHaveLength(5)

  links.peers.clear()
  clock.wall += 5000
  expect(await log({ name: `${ann.publisher}/x` })).toMatchObject({
    whole: true,
    record: { unconfirmed: true, confirmedAgoMs: 5000 },
  })
})

test('only as many are asked for as are shown, and what the last of them follows', async () => {
  const records = await chain(9)
  const block = vi.fn(keeper(records).block)
  const { log } = await publisher({ peers: { a: { ...keeper(records), block } } })
  const shown = await log({ name: 'ann/x', limit: 3 })
  expect(sequences(shown.entries)).toEqual([9, 8, 7])
  expect(shown).toMatchObject({ whole: true, more: true })
  expect(block).toHaveBeenCalledTimes(3)
})

test('a gap that nobody can fill is said, and what lies before it is shown all the same', async () => {
  const records = await chain(4)
  const [first, , third, fourth] = records
  if (!first || !third || !fourth) throw new Error('unreachable')
  const names = memoryNames()
  for (const one of [first, third]) await names.put(one)
  const { log } = await publisher({ names, peers: { a: keeper([fourth]) } })
  const shown = await log({ name: 'ann/x' })
  expect(shown.whole).toBe(false)
  expect(shown.entries.map(({ sequence, follows }) => [sequence, follows])).toEqual([
    [4, 'previous'],
    [3, 'missing'],
    [1, 'nothing'],
  ])
})

test('a past record counts only with the hash, name, order and signature that the newer one states', async () => {
  const [first, second] = await chain(2)
  if (!first || !second) throw new Error('unreachable')
  const forged = Uint8Array.from(first.bytes)
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
  const later = await record(ann, 'x', 7, null)
  const foreign = await record(ann, 'y', 1, null)
  for (const [prev, bytes] of [
    [first.id, forged],
    [first.id, later.bytes],
    [later.id, later.bytes],
    [foreign.id, foreign.bytes],
    [first.id, new Uint8Array(9)],
  ] as const) {
    const newest = await record(ann, 'x', 2, null, prev)
    const names = memoryNames()
    const { log } = await publisher({
      names,
      peers: { liar: { rttMs: 1, name: async () => newest.bytes, block: async () => bytes } },
    })
    expect(await log({ name: 'ann/x' })).toMatchObject({ whole: false, entries: [{ sequence: 2, follows: 'missing' }] })
    expect(names.history(ann.publisher, 'x')).toHaveLength(1)
  }
})

test('a chain that leaves what is kept here shows the fork', async () => {
  const [first, second] = await chain(2)
  if (!first || !second) throw new Error('unreachable')
  const fork = await record(ann, 'x', 2, null, first.id)
  const third = await record(ann, 'x', 3, null, fork.id)
  const names = memoryNames()
  for (const one of [first, second]) await names.put(one)
  const { log } = await publisher({ names, peers: { a: keeper([fork, third]) } })
  const shown = await log({ name: 'ann/x' })
  expect(shown.entries.map(({ sequence, follows }) => [sequence, follows])).toEqual([
    [3, 'branch'],
    [2, 'previous'],
    [1, 'nothing'],
  ])
  expect(shown).toMatchObject({ whole: false, forks: [{ sequence: 2, id: fork.id.toString(), cid: null }] })
  // The publisher has signed a higher one since, so that there is no doubt which is meant now.
  expect(shown.record.forked).toBe(false)
})

test('a newest record that was signed twice is marked', async () => {
  const [first] = await chain(1)
  const fork = await record(ann, 'x', 1, null)
  const { log } = await publisher({ peers: { a: keeper(first ? [first] : []), b: keeper([fork]) } })
  const shown = await log({ name: 'ann/x' })
  expect(shown.record.forked).toBe(true)
  expect(shown.forks).toHaveLength(1)
})

test('whoever gives up asking for history gets no history', async () => {
  const records = await chain(3)
  const controller = new AbortController()
  const { log } = await publisher({
    peers: {
      a: {
        ...keeper(records),
        block: async () => {
          controller.abort()
          return undefined
        },
      },
    },
  })
  await expect(log({ name: 'ann/x' }, { signal: controller.signal })).rejects.toThrow(/abort/)
})
