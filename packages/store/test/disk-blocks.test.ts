import { readFile, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { diskBlocks } from '../src/index.ts'
import { QUARANTINE_MAX_FILES, TEMP_MAX_AGE_MS } from '../src/limits.ts'
import { block, seeded } from './material.ts'
import { filesIn, tempDir } from './temp-dir.ts'

const capBytes = 10_000

/** Where a block's file is. */
async function fileOf(dir: string, key: string): Promise<string> {
  const path = (await filesIn(dir)).find((file) => basename(file) === key && !file.includes('quarantine'))
  if (path === undefined) throw new Error(`no file for ${key}`)
  return path
}

async function inQuarantine(dir: string): Promise<string[]> {
  return (await filesIn(join(dir, 'quarantine'))).map((path) => basename(path))
}

describe('diskBlocks', () => {
  it('finds its blocks, their order of use and its pins again', async () => {
    const dir = await tempDir()
    const [pinned, older, newer, next] = await Promise.all([1, 2, 3, 4].map((n) => block(n)))
    if (!pinned || !older || !newer || !next) throw new Error('unreachable')
    let time = 1_800_000_000_000
    const now = (): number => (time += 3_600_000)
    const before = await diskBlocks({ dir, capBytes, now })
    await before.put(pinned.cid, pinned.bytes, { pin: true })
    for (const { cid, bytes } of [newer, older]) await before.put(cid, bytes)
    for (const { cid } of [older, newer]) await before.get(cid)

    const after = await diskBlocks({ dir, capBytes: 3000, now })
    expect(after.usage()).toEqual({ bytes: 3000, capBytes: 3000, count: 3 })
    await after.put(next.cid, next.bytes)
    const held = await Promise.all([pinned, older, newer, next].map(({ cid }) => after.has(cid)))
    expect(held).toEqual([true, false, true, true])
  })

  it('detects every flipped bit and every cut, and heals when the block comes again', async () => {
    const dir = await tempDir()
    const random = seeded(20_261_122)
    const blocks = await diskBlocks({ dir, capBytes })
    const { cid, bytes } = await block(1)
    for (let round = 0; round < 60; round++) {
      await blocks.put(cid, bytes)
      const path = await fileOf(dir, cid.toString())
      const at = Math.floor(random() * bytes.length)
      if (round % 3 === 0) {
        await truncate(path, at)
      } else {
        const damaged = new Uint8Array(await readFile(path))
        damaged[at] = (damaged[at] ?? 0) ^ (1 << Math.floor(random() * 8))
        await writeFile(path, damaged)
      }
      expect(await blocks.get(cid)).toBeUndefined()
      expect(await blocks.has(cid)).toBe(false)
      expect(blocks.usage().count).toBe(0)
      expect(await inQuarantine(dir)).toEqual([cid.toString()])
    }
  })

  it('mends a damaged block that nobody has read since', async () => {
    const dir = await tempDir()
    const blocks = await diskBlocks({ dir, capBytes })
    const { cid, bytes } = await block(1)
    await blocks.put(cid, bytes)
    await truncate(await fileOf(dir, cid.toString()), 5)
    await blocks.put(cid, bytes)
    expect(await blocks.get(cid)).toEqual(bytes)
  })

  it('pins a damaged block again when it comes back, even after a restart', async () => {
    const dir = await tempDir()
    const { cid, bytes } = await block(1)
    const blocks = await diskBlocks({ dir, capBytes })
    await blocks.put(cid, bytes, { pin: true })
    await truncate(await fileOf(dir, cid.toString()), 5)
    expect(await blocks.get(cid)).toBeUndefined()

    const again = await diskBlocks({ dir, capBytes: 1500 })
    for (const one of [blocks, again]) expect(one.pinned()).toEqual([cid.toString()])
    await again.put(cid, bytes)
    expect(await inQuarantine(dir)).toEqual([])
    const other = await block(2)
    await expect(again.put(other.cid, other.bytes)).rejects.toMatchObject({ code: 'store-full' })
    expect(await again.get(cid)).toEqual(bytes)
  })

  it('finds what was unpinned unpinned again, and damaged blocks too', async () => {
    const dir = await tempDir()
    const [whole, damaged, next] = await Promise.all([1, 2, 3].map((n) => block(n)))
    if (!whole || !damaged || !next) throw new Error('unreachable')
    const before = await diskBlocks({ dir, capBytes })
    for (const { cid, bytes } of [whole, damaged]) await before.put(cid, bytes, { pin: true })
    await truncate(await fileOf(dir, damaged.cid.toString()), 5)
    expect(await before.get(damaged.cid)).toBeUndefined()
    for (const { cid } of [whole, damaged]) await before.unpin(cid)
    expect(await inQuarantine(dir)).toEqual([])

    const after = await diskBlocks({ dir, capBytes: 1500 })
    await after.put(damaged.cid, damaged.bytes)
    await after.put(next.cid, next.bytes)
    expect(await Promise.all([whole, damaged, next].map(({ cid }) => after.has(cid)))).toEqual([false, false, true])
  })

  it('keeps quarantine small', async () => {
    const dir = await tempDir()
    const blocks = await diskBlocks({ dir, capBytes: 1_000_000 })
    for (let number = 0; number < QUARANTINE_MAX_FILES + 5; number++) {
      const { cid, bytes } = await block(number, 50)
      await blocks.put(cid, bytes)
      await truncate(await fileOf(dir, cid.toString()), 5)
      await blocks.get(cid)
    }
    expect(await inQuarantine(dir)).toHaveLength(QUARANTINE_MAX_FILES)
  })

  it('removes what killed writers left, but not what others are writing, and overlooks strangers', async () => {
    const dir = await tempDir()
    const { cid, bytes } = await block(1)
    await (await diskBlocks({ dir, capBytes })).put(cid, bytes)
    const shard = dirname(await fileOf(dir, cid.toString()))
    const [old, young, stranger] = ['old.tmp', 'young.tmp', 'notes.txt'].map((name) => join(shard, name))
    for (const path of [old, young, stranger]) await writeFile(path ?? '', 'x')
    const longAgo = (Date.now() - 2 * TEMP_MAX_AGE_MS) / 1000
    for (const path of [old, stranger]) await utimes(path ?? '', longAgo, longAgo)

    const blocks = await diskBlocks({ dir, capBytes })
    expect(blocks.usage().count).toBe(1)
    const left = (await filesIn(shard)).map((path) => basename(path)).sort()
    expect(left).toEqual([cid.toString(), 'notes.txt', 'young.tmp'].sort())
  })

  it('opens without reading blocks', async () => {
    const dir = await tempDir()
    const { cid, bytes } = await block(1)
    await (await diskBlocks({ dir, capBytes })).put(cid, bytes)
    const path = await fileOf(dir, cid.toString())
    // Nobody can read a folder's bytes as a file's: opening it would fail if it tried.
    await rm(path)
    await rename(await tempDir(), path)
    const blocks = await diskBlocks({ dir, capBytes })
    expect(blocks.usage().count).toBe(1)
  })

  it('keeps its files to their owner', async () => {
    const dir = await tempDir()
    const { cid, bytes } = await block(1)
    await (await diskBlocks({ dir, capBytes })).put(cid, bytes)
    expect((await stat(await fileOf(dir, cid.toString()))).mode & 0o077).toBe(0)
  })

  it('says which folder it cannot use', async () => {
    const dir = await tempDir()
    const file = join(dir, 'file')
    await writeFile(file, '')
    await expect(diskBlocks({ dir: file, capBytes })).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining(file),
    })
  })
})

describe('two diskBlocks in one folder', () => {
  it('see what the other one put, pinned and evicted', async () => {
    const dir = await tempDir()
    const [one, two] = [await diskBlocks({ dir, capBytes }), await diskBlocks({ dir, capBytes: 1500 })]
    const [a, b] = [await block(1), await block(2)]
    await one.put(a.cid, a.bytes)
    expect(await two.get(a.cid)).toEqual(a.bytes)
    expect(two.usage().count).toBe(1)
    await two.put(b.cid, b.bytes)
    expect(await one.has(a.cid)).toBe(false)
    expect(await one.get(a.cid)).toBeUndefined()
    expect(one.usage()).toMatchObject({ count: 0, bytes: 0 })
    await one.put(a.cid, a.bytes, { pin: true })
    expect(await two.get(a.cid)).toEqual(a.bytes)
    expect(await one.get(b.cid)).toEqual(b.bytes)
  })

  it('never evict what the other one pins meanwhile', async () => {
    const dir = await tempDir()
    const [daemon, command] = [await diskBlocks({ dir, capBytes: 5500 }), await diskBlocks({ dir, capBytes })]
    const own = await Promise.all(Array.from({ length: 10 }, (_, n) => block(n)))
    const foreign = await Promise.all(Array.from({ length: 40 }, (_, n) => block(100 + n)))
    for (const { cid, bytes } of own.slice(0, 5)) await daemon.put(cid, bytes)
    await Promise.all([
      ...own.map(({ cid, bytes }) => command.put(cid, bytes, { pin: true })),
      ...foreign.map(({ cid, bytes }) => daemon.put(cid, bytes)),
    ])
    for (const { cid, bytes } of own) expect(await daemon.get(cid)).toEqual(bytes)
  })
})
