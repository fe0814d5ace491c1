import { RECORD_MESSAGE_MAX_CHARS, type CID, type NameRecord } from '@hither/core'
import { describe, expect, it } from 'vitest'
import { ForkIndex } from '../src/fork-index.ts'
import { HEARD_MAX_BYTES, HEARD_MAX_NAMES } from '../src/limits.ts'
import { NameIndex } from '../src/name-index.ts'
import { block, record, signer } from './material.ts'
import { heapBytes } from '../../../test/support/heap.ts'

/** How many records of each name are left. */
function lengths(index: NameIndex): Record<string, number> {
  return Object.fromEntries(index.list().map(({ publisher, name }) => [name, index.history(publisher, name).length]))
}

describe('NameIndex', () => {
  it('takes room for new records from whoever has the longest history, never a newest record, never one’s own', async () => {
    const [own, other] = [await signer(1), await signer(2)]
    const index = new NameIndex({ own: own.publisher, recordsMax: 9 })
    const add = async (by: typeof own, name: string, sequence: number): Promise<NameRecord[]> =>
      index.add(await record({ by, name, sequence }), 0)
    for (const sequence of [1, 2, 3, 4]) await add(own, 'mine', sequence)
    for (const sequence of [1, 2, 3]) await add(other, 'long', sequence)
    for (const sequence of [1, 2]) await add(other, 'short', sequence)

    const forgotten = await add(other, 'new', 1)
    expect(forgotten.map(({ name, sequence }) => [name, sequence])).toEqual([['long', 1]])
    for (const name of ['newer', 'newest', 'last']) await add(other, name, 1)
    expect(lengths(index)).toEqual({ mine: 4, long: 1, short: 1, new: 1, newer: 1, newest: 1, last: 1 })
    expect(index.history(other.publisher, 'long').map(({ sequence }) => sequence)).toEqual([3])
  })

  it('fills no history that would push out another', async () => {
    const index = new NameIndex({ recordsMax: 2 })
    const first = await record({ sequence: 1 })
    index.add(await record({ sequence: 2, prev: first.id }), 0)
    expect(index.misses(first)).toBe(true)
    index.add(await record({ name: 'other', sequence: 1 }), 0)
    expect(index.misses(first)).toBe(false)
  })
})

describe('NameIndex of names that are only heard', () => {
  it('forgets those confirmed longest ago where there are too many, and none that is kept', async () => {
    const index = new NameIndex()
    const kept = await record({ name: 'kept', sequence: 1 })
    const first = await record({ name: 'first', sequence: 1 })
    const { publisher } = first
    index.add(kept, 0)
    index.hear(first, 0)
    const others = many(first, HEARD_MAX_NAMES)
    for (const other of others.slice(0, -1)) index.hear(other, 0)
    index.hear(first, 0)
    for (const other of others.slice(-1)) index.hear(other, 0)
    expect(index.get(publisher, 'first')).toBe(first)
    expect(index.get(publisher, 'n0')).toBeUndefined()
    expect(index.highest(publisher, 'n0')).toBe(0)
    expect(index.get(publisher, 'n1')).toBe(others[1])
    expect(index.list()).toEqual([kept])
  })

  it('forgets those of the publisher who has most of the room, not what is heard of others', async () => {
    const index = new NameIndex()
    const [shop, one] = [
      await record({ name: 'shop', sequence: 7 }),
      await record({ by: await signer(2), sequence: 1 }),
    ]
    index.hear(shop, 0)
    const theirs = many(one, HEARD_MAX_NAMES)
    for (const other of theirs) index.hear(other, 0)
    expect(index.highest(shop.publisher, 'shop')).toBe(7)
    expect(theirs.filter(({ publisher, name }) => index.get(publisher, name) === undefined)).toEqual([theirs[0]])
  })

  it('keeps what it heard last, though its publisher has most', async () => {
    const index = new NameIndex()
    const one = await record({ sequence: 1 })
    const others = Array.from({ length: HEARD_MAX_NAMES }, (_, at) => ({ ...one, publisher: `k${at}` }))
    for (const other of others) index.hear(other, 0)
    const long = { ...one, publisher: 'long', bytes: new Uint8Array(2 * one.bytes.length) }
    index.hear(long, 0)
    expect(index.get('long', one.name)).toBe(long)
    expect(index.get('k0', one.name)).toBeUndefined()
    expect(index.get('k1', one.name)).toBe(others[1])
  })

  it('holds no more bytes of them than there may be', async () => {
    const index = new NameIndex()
    const most = await record({ sequence: 1, message: 'ä'.repeat(RECORD_MESSAGE_MAX_CHARS) })
    const held = Math.floor(HEARD_MAX_BYTES / most.bytes.length)
    expect(held).toBeLessThan(HEARD_MAX_NAMES)
    const records = many(most, held + 1)
    for (const one of records) index.hear(one, 0)
    expect(records.filter(({ publisher, name }) => index.get(publisher, name) === undefined)).toEqual([records[0]])
  })
})

it('keeps what is newer though it was only heard, when an older record of its name is kept', async () => {
  const index = new NameIndex()
  const [older, newer] = [await record({ sequence: 1 }), await record({ sequence: 2 })]
  index.hear(newer, 0)
  expect(index.add(older, 0)).toEqual([])
  expect(index.get(newer.publisher, newer.name)).toBe(newer)
  expect(index.keeps(newer.publisher, newer.name)).toBe(true)
  expect(index.history(newer.publisher, newer.name)).toEqual([newer, older])
})

/** As many names as one record, but for what a signature is needed for. */
function many(one: NameRecord, count: number): NameRecord[] {
  return Array.from({ length: count }, (_, at) => ({ ...one, name: `n${at}` }))
}

describe('ForkIndex', () => {
  it('takes room for new evidence from the name that has most', async () => {
    const forks = new ForkIndex(3)
    const { publisher } = await signer(1)
    for (const sequence of [5, 6]) forks.add(await record({ name: 'often', sequence }))
    forks.add(await record({ name: 'once', sequence: 1 }))
    const forgotten = forks.add(await record({ name: 'new', sequence: 1 }))
    expect(forgotten.map(({ name, sequence }) => [name, sequence])).toEqual([['often', 5]])
    expect(['often', 'once', 'new'].map((name) => forks.of(publisher, name).length)).toEqual([1, 1, 1])
    expect(forgotten.map(({ id }) => forks.byId(id))).toEqual([undefined])
  })
})

describe('what is kept of a record', () => {
  it('has no more of the heap than its parts', async () => {
    const count = 1000
    const records: NameRecord[] = []
    for (let sequence = 1; sequence <= count; sequence++) records.push(await record({ sequence }))
    const index = new NameIndex()
    const before = heapBytes()
    for (const one of records) index.add(one, 0)
    expect((heapBytes() - before) / count).toBeLessThan(1000)
    expect(index.list().flatMap(({ publisher, name }) => index.history(publisher, name))).toHaveLength(count)
  })

  it('is itself of few parts, which records of one history share', async () => {
    const count = 1000
    let prev: CID | null = null
    const records: NameRecord[] = []
    const before = heapBytes()
    for (let sequence = 1; sequence <= count; sequence++) {
      const cid = (await block(sequence % 6, 10)).cid
      const one: NameRecord = await record({ sequence, cid, prev })
      prev = one.id
      records.push(one)
    }
    expect((heapBytes() - before) / count).toBeLessThan(1700)
    expect(records).toHaveLength(count)
  })
})
