import { openRecord, toHitherError } from '@hither/core'
import { readFile, truncate, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { diskNames } from '../src/index.ts'
import { FORKS_PER_NAME_MAX } from '../src/limits.ts'
import { record, seeded, signer } from './material.ts'
import { filesIn, tempDir } from './temp-dir.ts'

async function recordFiles(dir: string): Promise<string[]> {
  return (await filesIn(join(dir, 'records'))).sort()
}

async function flipBit(path: string, random: () => number): Promise<void> {
  const bytes = new Uint8Array(await readFile(path))
  const at = Math.floor(random() * bytes.length)
  bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8))
  await writeFile(path, bytes)
}

describe('diskNames', () => {
  it('finds records, order and vouchers again', async () => {
    const dir = await tempDir()
    const first = await record({ sequence: 9 })
    const second = await record({ sequence: 10, prev: first.id })
    const before = await diskNames({ dir })
    await before.put(first)
    await before.put(second)

    const after = await diskNames({ dir })
    expect(after.history(first.publisher, 'shop')).toEqual([second, first])
    expect(first.cid && after.vouches(first.cid)).toEqual(first)
    await expect(after.put(await record({ sequence: 8 }))).rejects.toMatchObject({ code: 'stale-record' })
  })

  it('writes nothing of a name that it only heard of, before it is put', async () => {
    const dir = await tempDir()
    const [first, other] = [await record({ sequence: 3 }), await record({ sequence: 1, name: 'other' })]
    const names = await diskNames({ dir })
    await names.hear(first)
    await names.hear(other)
    expect(await filesIn(dir)).toEqual([])
    await names.put(first)
    expect((await diskNames({ dir })).list()).toEqual([first])
  })

  it('hears nothing that is older than what another process keeps', async () => {
    const dir = await tempDir()
    const [first, second] = [await record({ sequence: 1 }), await record({ sequence: 2 })]
    const [one, another] = [await diskNames({ dir }), await diskNames({ dir })]
    await another.put(second)
    await expect(one.hear(first)).rejects.toMatchObject({ code: 'stale-record' })
    await one.hear(second)
    expect(one.list()).toEqual([second])
  })

  it('takes what another process has put in place of what it heard', async () => {
    const dir = await tempDir()
    const first = await record({ sequence: 1 })
    const [one, another] = [await diskNames({ dir }), await diskNames({ dir })]
    await one.hear(first)
    await another.put(first)
    await one.refresh()
    expect(one.list()).toEqual([first])
  })

  it('keeps what it only heard where another process has put an older record of that name, across restarts', async () => {
    const dir = await tempDir()
    const [first, second] = [await record({ sequence: 1 }), await record({ sequence: 2 })]
    const [one, another] = [await diskNames({ dir }), await diskNames({ dir })]
    await one.hear(second)
    await another.put(first)
    await one.refresh()
    expect(one.history(first.publisher, 'shop')).toEqual([second, first])
    expect((await diskNames({ dir })).history(first.publisher, 'shop')).toEqual([second, first])
  })

  it('keeps a fork as evidence, across restarts', async () => {
    const dir = await tempDir()
    const first = await record({ sequence: 1, message: 'first' })
    const second = await record({ sequence: 1, message: 'second' })
    await (await diskNames({ dir })).put(first)
    const names = await diskNames({ dir })
    for (const _ of [1, 2]) await expect(names.put(second)).rejects.toMatchObject({ code: 'forked-record' })
    const evidence = await filesIn(join(dir, 'forks'))
    expect(evidence).toHaveLength(1)
    expect(await openRecord(new Uint8Array(await readFile(evidence[0] ?? '')))).toEqual(second)
    const again = await diskNames({ dir })
    expect(again.history(first.publisher, 'shop')).toEqual([first])
    expect(again.forks(first.publisher, 'shop')).toEqual([second])
    await truncate(evidence[0] ?? '', 9)
    expect((await diskNames({ dir })).forks(first.publisher, 'shop')).toEqual([])
    expect(await filesIn(join(dir, 'forks'))).toEqual([])
  })

  it('knows across restarts when a name was confirmed, and writes it down once a minute at most', async () => {
    const dir = await tempDir()
    const first = await record({ sequence: 1 })
    let time = Date.now()
    const now = (): number => time
    const before = await diskNames({ dir, now })
    const confirmedAt = async (): Promise<number | undefined> =>
      (await diskNames({ dir, now })).confirmedAt(first.publisher, 'shop')
    await before.put(first)
    const written = await confirmedAt()
    expect(Math.abs((written ?? 0) - time)).toBeLessThan(60_000)

    time += 30_000
    await before.put(first)
    expect(before.confirmedAt(first.publisher, 'shop')).toBe(time)
    expect(await confirmedAt()).toBe(written)
    time += 3_600_000
    await before.put(first)
    expect(Math.abs(((await confirmedAt()) ?? 0) - time)).toBeLessThan(1000)
  })

  it('fills a history for good', async () => {
    const dir = await tempDir()
    const first = await record({ sequence: 1 })
    const second = await record({ sequence: 2, prev: first.id })
    const names = await diskNames({ dir })
    await names.put(second)
    await names.fill(first)
    expect((await diskNames({ dir })).history(first.publisher, 'shop')).toEqual([second, first])
  })

  it('keeps the newest forks of a name, and takes none from other names', async () => {
    const dir = await tempDir()
    const names = await diskNames({ dir })
    const forked = Array.from({ length: FORKS_PER_NAME_MAX + 4 }, (_, n) => ({ name: 'shop', sequence: n + 1 }))
    for (const wish of [{ name: 'other', sequence: 1 }, ...forked]) {
      await names.put(await record(wish))
      const fork = await record({ ...wish, message: 'fork' })
      await expect(names.put(fork)).rejects.toMatchObject({ code: 'forked-record' })
    }
    const kept = (await filesIn(join(dir, 'forks'))).map((file) => basename(file).replace(/^[^.]+\./, ''))
    const newest = forked.slice(4).map(({ sequence }) => `shop.${String(sequence).padStart(16, '0')}.record`)
    expect(kept.sort()).toEqual(['other.0000000000000001.record', ...newest])
  })

  it('sets every damaged record aside, keeps the others, and stays as strict as before', async () => {
    const random = seeded(42)
    for (let round = 0; round < 15; round++) {
      const dir = await tempDir()
      const records = await Promise.all([1, 2, 3].map((sequence) => record({ sequence })))
      const before = await diskNames({ dir })
      for (const one of records) await before.put(one)
      const [, , newest = ''] = await recordFiles(dir)
      if (round % 3 === 0) await truncate(newest, Math.floor(random() * 100))
      else await flipBit(newest, random)

      const after = await diskNames({ dir })
      expect(after.list().map(({ sequence }) => sequence)).toEqual([2])
      expect(await filesIn(join(dir, 'quarantine'))).toHaveLength(1)
      const other = await diskNames({ dir })
      const third = await record({ sequence: 3 })
      await expect(other.put(await record({ sequence: 2, message: 'again' }))).rejects.toMatchObject({
        code: 'forked-record',
      })
      expect(await other.put(third)).toBe('stored')
      expect(other.get(third.publisher, 'shop')).toEqual(third)
    }
  })

  it('remembers the highest sequence of a name whose only record is damaged', async () => {
    const dir = await tempDir()
    const fifth = await record({ sequence: 5 })
    await (await diskNames({ dir })).put(fifth)
    for (const path of await recordFiles(dir)) await truncate(path, 3)
    for (const names of [await diskNames({ dir }), await diskNames({ dir })]) {
      expect(names.get(fifth.publisher, 'shop')).toBeUndefined()
      expect(names.list()).toEqual([])
      expect([names.missesNewest(fifth.publisher), names.missesNewest((await signer(2)).publisher)]).toEqual([
        true,
        false,
      ])
      await expect(names.put(await record({ sequence: 4 }))).rejects.toMatchObject({ code: 'stale-record' })
    }
    const mended = await diskNames({ dir })
    await mended.put(fifth)
    expect(mended.missesNewest(fifth.publisher)).toBe(false)
  })

  it('knows that the newest record of a name is damaged where an older one is whole', async () => {
    const dir = await tempDir()
    const first = await record({ sequence: 1 })
    const names = await diskNames({ dir })
    for (const one of [first, await record({ sequence: 2, prev: first.id })]) await names.put(one)
    expect(names.missesNewest(first.publisher)).toBe(false)
    const newest = (await recordFiles(dir)).toSorted().at(-1) ?? ''
    await truncate(newest, 3)
    const after = await diskNames({ dir })
    expect(after.list()).toEqual([first])
    expect(after.missesNewest(first.publisher)).toBe(true)
  })

  it('does not believe a record in the wrong place', async () => {
    const dir = await tempDir()
    const first = await record({ sequence: 1 })
    await (await diskNames({ dir })).put(first)
    const [path = ''] = await recordFiles(dir)
    await writeFile(join(dirname(path), '0000000000000009.record'), first.bytes)
    await writeFile(join(dirname(path), 'README'), 'not ours')
    const names = await diskNames({ dir })
    expect(names.history(first.publisher, 'shop')).toEqual([first])
    expect((await filesIn(join(dir, 'quarantine'))).map((file) => basename(file))).toEqual([
      `${first.publisher}.shop.0000000000000009.record`,
    ])
  })
})

describe('two diskNames in one folder', () => {
  it('see what the other one put, when they put or refresh', async () => {
    const dir = await tempDir()
    const [daemon, command] = [await diskNames({ dir }), await diskNames({ dir })]
    const [first, second] = [await record({ sequence: 1 }), await record({ sequence: 2 })]
    await command.put(first)
    await command.put(second)
    expect(daemon.get(first.publisher, 'shop')).toBeUndefined()
    await daemon.refresh()
    expect(daemon.history(first.publisher, 'shop')).toEqual([second, first])

    const late = await diskNames({ dir })
    await command.put(await record({ sequence: 5 }))
    await expect(late.put(await record({ sequence: 4 }))).rejects.toMatchObject({ code: 'stale-record' })
    expect(await late.put(await record({ sequence: 5 }))).toBe('known')
  })

  it('agree on the first of two records put at the same time', async () => {
    const dir = await tempDir()
    const stores = await Promise.all([1, 2, 3, 4].map(() => diskNames({ dir })))
    const outcomes = await Promise.all(
      stores.map(async (names, n) =>
        names.put(await record({ sequence: 1, message: `from ${n}` })).catch((thrown) => toHitherError(thrown).code),
      ),
    )
    expect(outcomes.sort()).toEqual(['forked-record', 'forked-record', 'forked-record', 'stored'])
    const kept = stores.map((names) => names.list().map(({ id }) => id.toString()))
    expect(new Set(kept.flat()).size).toBe(1)
    expect(await recordFiles(dir)).toHaveLength(1)
  })
})
