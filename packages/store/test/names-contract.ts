import type { Names } from '@hither/core'
import { describe, expect, it } from 'vitest'
import { HISTORY_MAX_RECORDS } from '../src/limits.ts'
import { block, record, signer } from './material.ts'

/** What every implementation of `Names` must do. `make` gives an empty one, with a clock of its own where a test has one. */
export function namesContract(implementation: string, make: (now?: () => number) => Promise<Names>): void {
  describe(`${implementation} as Names`, () => {
    it('gives the newest record and the history', async () => {
      const names = await make()
      const first = await record({ sequence: 1 })
      const second = await record({ sequence: 2, prev: first.id })
      expect(await names.put(first)).toBe('stored')
      expect(await names.put(second)).toBe('stored')
      expect(names.get(first.publisher, 'shop')).toEqual(second)
      expect(names.history(first.publisher, 'shop')).toEqual([second, first])
      expect(names.get(first.publisher, 'other')).toBeUndefined()
      expect(names.history(first.publisher, 'other')).toEqual([])
    })

    it('says when it knows a record already', async () => {
      const names = await make()
      const first = await record({ sequence: 1 })
      await names.put(first)
      expect(await names.put(first)).toBe('known')
      expect(names.history(first.publisher, 'shop')).toHaveLength(1)
    })

    it('refuses records older than the highest seen', async () => {
      const names = await make()
      const [old, newer] = [await record({ sequence: 4 }), await record({ sequence: 7 })]
      await names.put(newer)
      await expect(names.put(old)).rejects.toMatchObject({ code: 'stale-record', data: { sequence: 4, highest: 7 } })
      expect(names.get(newer.publisher, 'shop')).toEqual(newer)
    })

    it('keeps the first of two records with one sequence', async () => {
      const names = await make()
      const first = await record({ sequence: 3, message: 'first' })
      const second = await record({ sequence: 3, message: 'second' })
      await names.put(first)
      await expect(names.put(second)).rejects.toMatchObject({
        code: 'forked-record',
        data: { first: first.id.toString(), second: second.id.toString() },
      })
      expect(names.history(first.publisher, 'shop')).toEqual([first])
      expect(names.list()).toEqual([first])
    })

    it('reports a fork of an older record as a fork', async () => {
      const names = await make()
      await names.put(await record({ sequence: 1 }))
      await names.put(await record({ sequence: 2 }))
      const fork = await record({ sequence: 1, message: 'another' })
      await expect(names.put(fork)).rejects.toMatchObject({ code: 'forked-record' })
    })

    it('accepts a higher record whose predecessor it never saw', async () => {
      const names = await make()
      await names.put(await record({ sequence: 1 }))
      const missed = await record({ sequence: 2, message: 'missed' })
      const third = await record({ sequence: 3, prev: missed.id })
      expect(await names.put(third)).toBe('stored')
    })

    it('vouches for every function that a name ever pointed to, and for no other', async () => {
      const names = await make()
      const first = await record({ sequence: 1 })
      await names.put(first)
      await names.put(await record({ sequence: 2 }))
      const { cid } = await block(1, 10)
      expect(names.vouches(cid)).toEqual(first)
      expect(names.vouches(cid, first.publisher)).toEqual(first)
      expect(names.vouches(cid, (await signer(2)).publisher)).toBeUndefined()
      expect(names.vouches((await block(99, 10)).cid)).toBeUndefined()
      expect(names.removal(cid)).toBeUndefined()
    })

    it('vouches for nothing by a removed name, until it points somewhere again', async () => {
      const names = await make()
      const { cid } = await block(1, 10)
      const [first, removal] = [await record({ sequence: 1 }), await record({ sequence: 2, cid: null })]
      await names.put(first)
      await names.put(removal)
      expect(names.get(first.publisher, 'shop')?.cid).toBeNull()
      expect(names.vouches(cid)).toBeUndefined()
      expect(names.removal(cid, first.publisher)).toEqual(removal)
      expect(names.removal(cid, (await signer(2)).publisher)).toBeUndefined()

      const elsewhere = await record({ sequence: 1, name: 'copy', cid })
      await names.put(elsewhere)
      expect(names.vouches(cid)).toEqual(elsewhere)
      await names.put(await record({ sequence: 2, name: 'copy', cid: null }))
      await names.put(await record({ sequence: 3 }))
      expect(names.vouches(cid)).toEqual(first)
    })

    it('fills its history with older records that newer ones name, and with no others', async () => {
      const names = await make()
      const first = await record({ sequence: 1 })
      const second = await record({ sequence: 2, prev: first.id })
      const fourth = await record({ sequence: 4, prev: second.id })
      await names.put(fourth)
      expect(await names.fill(first)).toBe(false)
      expect(await names.fill(await record({ sequence: 3 }))).toBe(false)
      expect(await names.fill(await record({ sequence: 2, name: 'other', prev: first.id }))).toBe(false)
      expect(await names.fill(second)).toBe(true)
      expect(await names.fill(second)).toBe(true)
      expect(await names.fill(first)).toBe(true)
      expect(names.history(first.publisher, 'shop')).toEqual([fourth, second, first])
      expect(names.list()).toEqual([fourth])
      expect(names.byId(first.id)).toEqual(first)
      expect(first.cid && names.vouches(first.cid)).toEqual(first)
    })

    it('keeps forks as evidence, those too that a newer record names', async () => {
      const names = await make()
      const [first, second] = [await record({ sequence: 1 }), await record({ sequence: 2 })]
      const [fork, other] = [
        await record({ sequence: 1, message: 'fork' }),
        await record({ sequence: 2, message: 'fork' }),
      ]
      for (const one of [first, second, await record({ sequence: 3, prev: fork.id })]) await names.put(one)
      expect(names.forks(first.publisher, 'shop')).toEqual([])
      await expect(names.fill(fork)).rejects.toMatchObject({ code: 'forked-record' })
      await expect(names.put(other)).rejects.toMatchObject({ code: 'forked-record' })
      expect(names.forks(first.publisher, 'shop')).toEqual([other, fork])
      expect(names.forks(first.publisher, 'other')).toEqual([])
      expect(names.byId(fork.id)).toEqual(fork)
      expect(names.history(first.publisher, 'shop')).toHaveLength(3)
      expect(fork.cid && names.vouches(fork.cid)).toEqual(first)
    })

    it('knows the highest sequence of each name', async () => {
      const names = await make()
      const { publisher } = await signer(1)
      expect(names.highest(publisher, 'shop')).toBe(0)
      await names.put(await record({ sequence: 7 }))
      expect(names.highest(publisher, 'shop')).toBe(7)
    })

    it('knows when the newest record of a name was last put', async () => {
      let time = 1000
      const names = await make(() => time)
      const first = await record({ sequence: 1 })
      const second = await record({ sequence: 2, prev: first.id })
      const { publisher } = first
      expect(names.confirmedAt(publisher, 'shop')).toBeUndefined()
      await names.put(second)
      expect(names.confirmedAt(publisher, 'shop')).toBe(1000)
      time = 2000
      await names.fill(first)
      await expect(names.put(first)).rejects.toMatchObject({ code: 'stale-record' })
      expect(names.confirmedAt(publisher, 'shop')).toBe(1000)
      await names.put(second)
      expect(names.confirmedAt(publisher, 'shop')).toBe(2000)
    })

    it('tells publishers apart who vouch for the same function', async () => {
      const names = await make()
      const { cid } = await block(5)
      const [mine, theirs] = [
        await record({ sequence: 1, cid }),
        await record({ sequence: 1, cid, by: await signer(2), name: 'copy' }),
      ]
      await names.put(mine)
      await names.put(theirs)
      expect(names.vouches(cid, mine.publisher)).toEqual(mine)
      expect(names.vouches(cid, theirs.publisher)).toEqual(theirs)
    })

    it('lists the newest of every name, removed ones too, in order', async () => {
      const names = await make()
      const by = await signer(2)
      const records = [
        await record({ sequence: 1, name: 'b' }),
        await record({ sequence: 1, name: 'a' }),
        await record({ sequence: 2, name: 'a', cid: null }),
        await record({ sequence: 9, name: 'a', by }),
      ]
      for (const one of records) await names.put(one)
      const listed = names.list().map(({ publisher, name, sequence }) => `${publisher}/${name}/${sequence}`)
      expect(listed).toEqual([...listed].sort())
      expect(listed).toHaveLength(3)
      expect(names.list((await signer(1)).publisher).map(({ name, sequence }) => [name, sequence])).toEqual([
        ['a', 2],
        ['b', 1],
      ])
    })

    it('uses a name that it only heard of like any other, and lists it not', async () => {
      const names = await make()
      const [first, second] = [await record({ sequence: 1 }), await record({ sequence: 2 })]
      const { publisher } = first
      await names.hear(first)
      expect(names.list()).toEqual([])
      expect(names.keeps(publisher, 'shop')).toBe(false)
      expect(names.get(publisher, 'shop')).toEqual(first)
      expect(first.cid && names.vouches(first.cid)).toEqual(first)
      expect(names.byId(first.id)).toEqual(first)
      await names.hear(second)
      expect(names.history(publisher, 'shop')).toEqual([second])
      await expect(names.hear(first)).rejects.toMatchObject({ code: 'stale-record' })
      const fork = await record({ sequence: 2, message: 'fork' })
      await expect(names.hear(fork)).rejects.toMatchObject({ code: 'forked-record' })
      expect(names.forks(publisher, 'shop')).toEqual([])
    })

    it('keeps what it only heard once that is put, and then what it hears of it', async () => {
      const names = await make()
      const [first, second] = [await record({ sequence: 1 }), await record({ sequence: 2 })]
      const { publisher } = first
      await names.hear(first)
      expect(await names.put(first)).toBe('stored')
      expect(await names.put(first)).toBe('known')
      expect(names.keeps(publisher, 'shop')).toBe(true)
      await names.hear(second)
      expect(names.list()).toEqual([second])
      expect(names.history(publisher, 'shop')).toEqual([second, first])
    })

    it('forgets the oldest records of a name that has very many', async () => {
      const names = await make()
      const by = await signer(1)
      for (let sequence = 1; sequence <= HISTORY_MAX_RECORDS + 1; sequence++)
        await names.put(await record({ sequence, by }))
      const history = names.history(by.publisher, 'shop')
      expect(history).toHaveLength(HISTORY_MAX_RECORDS)
      expect(history.at(-1)?.sequence).toBe(2)
      expect(names.vouches((await block(1, 10)).cid)).toBeUndefined()
      expect(names.vouches((await block(2, 10)).cid)).toBeDefined()
    }, 60_000)
  })
}
