import { BLOCK_MAX_BYTES, blockOf, type Blocks } from '@hither/core'
import { describe, expect, it } from 'vitest'
import { block } from './material.ts'

/** What every implementation of `Blocks` must do. `make` gives an empty store with a byte cap. */
export function blocksContract(implementation: string, make: (capBytes: number) => Promise<Blocks>): void {
  describe(`${implementation} as Blocks`, () => {
    it('gives back what was put, and nothing else', async () => {
      const blocks = await make(10_000)
      const [one, other] = [await block(1), await block(2)]
      await blocks.put(one.cid, one.bytes)
      expect(await blocks.get(one.cid)).toEqual(one.bytes)
      expect(await blocks.has(one.cid)).toBe(true)
      expect(await blocks.get(other.cid)).toBeUndefined()
      expect(await blocks.has(other.cid)).toBe(false)
      expect([await blocks.size(one.cid), await blocks.size(other.cid)]).toEqual([one.bytes.length, undefined])
    })

    it('is not changed through what it was given or gave', async () => {
      const blocks = await make(10_000)
      const { cid, bytes } = await block(1)
      const given = bytes.slice()
      await blocks.put(cid, given)
      given.fill(0)
      const got = await blocks.get(cid)
      got?.fill(0)
      expect(await blocks.get(cid)).toEqual(bytes)
    })

    it('holds the empty block', async () => {
      const blocks = await make(10_000)
      const { cid, bytes } = await blockOf(new Uint8Array(0), 'raw')
      await blocks.put(cid, bytes)
      expect(await blocks.get(cid)).toEqual(bytes)
    })

    it('refuses bytes that do not hash to the CID', async () => {
      const blocks = await make(10_000)
      const [one, other] = [await block(1), await block(2)]
      await expect(blocks.put(one.cid, other.bytes)).rejects.toMatchObject({ code: 'bad-block' })
      expect(await blocks.has(one.cid)).toBe(false)
    })

    it('refuses a block over the size limit', async () => {
      const blocks = await make(2 * BLOCK_MAX_BYTES)
      const { cid, bytes } = await blockOf(new Uint8Array(BLOCK_MAX_BYTES + 1), 'raw')
      await expect(blocks.put(cid, bytes)).rejects.toMatchObject({ code: 'too-large' })
    })

    it('counts each block once', async () => {
      const blocks = await make(10_000)
      const one = await block(1)
      await Promise.all([1, 2, 3].map(() => blocks.put(one.cid, one.bytes)))
      expect(blocks.usage()).toEqual({ bytes: 1000, capBytes: 10_000, count: 1 })
    })

    it('evicts what was used least recently when the cap is reached', async () => {
      const blocks = await make(3500)
      const all = await Promise.all([1, 2, 3, 4].map((number) => block(number)))
      for (const { cid, bytes } of all.slice(0, 3)) await blocks.put(cid, bytes)
      for (const { cid } of all.slice(0, 1)) await blocks.get(cid)
      for (const { cid, bytes } of all.slice(3)) await blocks.put(cid, bytes)
      expect(await Promise.all(all.map(({ cid }) => blocks.has(cid)))).toEqual([true, false, true, true])
      expect(blocks.usage()).toEqual({ bytes: 3000, capBytes: 3500, count: 3 })
    })

    it('never evicts what is pinned, and says so when that leaves no room', async () => {
      const blocks = await make(3500)
      const all = await Promise.all([1, 2, 3, 4, 5].map((number) => block(number)))
      for (const { cid, bytes } of all.slice(0, 2)) await blocks.put(cid, bytes, { pin: true })
      for (const { cid, bytes } of all.slice(2, 4)) await blocks.put(cid, bytes)
      expect(await Promise.all(all.map(({ cid }) => blocks.has(cid)))).toEqual([true, true, false, true, false])
      const big = await block(6, 2000)
      await expect(blocks.put(big.cid, big.bytes)).rejects.toMatchObject({
        code: 'store-full',
        fix: expect.any(String),
      })
      // Refusing evicted nothing in vain.
      expect(await Promise.all(all.map(({ cid }) => blocks.has(cid)))).toEqual([true, true, false, true, false])
    })

    it('pins a block that is here already, for good', async () => {
      const blocks = await make(2500)
      const all = await Promise.all([1, 2, 3, 4].map((number) => block(number)))
      for (const { cid, bytes } of all.slice(0, 1)) {
        await blocks.put(cid, bytes)
        await blocks.put(cid, bytes, { pin: true })
        await blocks.put(cid, bytes)
      }
      for (const { cid, bytes } of all.slice(1)) await blocks.put(cid, bytes)
      expect(await Promise.all(all.map(({ cid }) => blocks.has(cid)))).toEqual([true, false, false, true])
    })

    it('evicts what was unpinned when the room is needed, and not before', async () => {
      const blocks = await make(2500)
      const [one, two, three, four] = await Promise.all([1, 2, 3, 4].map((number) => block(number)))
      if (!one || !two || !three || !four) throw new Error('unreachable')
      for (const { cid, bytes } of [one, two]) await blocks.put(cid, bytes, { pin: true })
      await expect(blocks.put(three.cid, three.bytes)).rejects.toMatchObject({ code: 'store-full' })
      expect(blocks.pinned().toSorted()).toEqual([one, two].map(({ cid }) => cid.toString()).toSorted())
      await blocks.unpin(one.cid)
      await blocks.unpin(one.cid)
      await blocks.unpin(four.cid)
      expect(blocks.pinned()).toEqual([two.cid.toString()])
      expect(await blocks.get(one.cid)).toEqual(one.bytes)
      expect(blocks.usage()).toEqual({ bytes: 2000, capBytes: 2500, count: 2 })
      await blocks.put(three.cid, three.bytes)
      expect(await Promise.all([one, two, three, four].map(({ cid }) => blocks.has(cid)))).toEqual([
        false,
        true,
        true,
        false,
      ])
    })

    it('pins again what was unpinned', async () => {
      const blocks = await make(2500)
      const all = await Promise.all([1, 2, 3, 4].map((number) => block(number)))
      for (const { cid, bytes } of all.slice(0, 1)) {
        await blocks.put(cid, bytes, { pin: true })
        await blocks.unpin(cid)
        await blocks.put(cid, bytes, { pin: true })
      }
      for (const { cid, bytes } of all.slice(1)) await blocks.put(cid, bytes)
      expect(await Promise.all(all.map(({ cid }) => blocks.has(cid)))).toEqual([true, false, false, true])
    })

    it('stays under its cap when many blocks come at once', async () => {
      const blocks = await make(3500)
      const all = await Promise.all(Array.from({ length: 20 }, (_, number) => block(number)))
      await Promise.all(all.map(({ cid, bytes }) => blocks.put(cid, bytes)))
      expect(blocks.usage()).toEqual({ bytes: 3000, capBytes: 3500, count: 3 })
      const held = await Promise.all(all.map(({ cid }) => blocks.has(cid)))
      expect(held.filter(Boolean)).toHaveLength(3)
    })

    it('gives up when the signal says so', async () => {
      const blocks = await make(10_000)
      const { cid, bytes } = await block(1)
      const cancelled = { signal: AbortSignal.abort() }
      await expect(blocks.put(cid, bytes, cancelled)).rejects.toMatchObject({ code: 'cancelled' })
      await expect(blocks.get(cid, cancelled)).rejects.toMatchObject({ code: 'cancelled' })
      expect(await blocks.has(cid)).toBe(false)
    })

    it('evicts what was used longest ago as soon as it may hold less, but nothing that is pinned', async () => {
      const blocks = await make(10_000)
      const [old, pinned, young] = [await block(1), await block(2), await block(3)]
      await blocks.put(old.cid, old.bytes)
      await blocks.put(pinned.cid, pinned.bytes, { pin: true })
      await blocks.put(young.cid, young.bytes)
      await blocks.limit(pinned.bytes.length + young.bytes.length)
      expect(await Promise.all([old, pinned, young].map(({ cid }) => blocks.has(cid)))).toEqual([false, true, true])
      await blocks.limit(1)
      expect(await Promise.all([old, pinned, young].map(({ cid }) => blocks.has(cid)))).toEqual([false, true, false])
      expect(blocks.usage()).toEqual({ bytes: pinned.bytes.length, capBytes: 1, count: 1 })
      await blocks.limit(10_000)
      await blocks.put(old.cid, old.bytes)
      expect(await blocks.has(old.cid)).toBe(true)
    })
  })
}
