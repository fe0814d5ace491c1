import type * as Core from '@hither/core'
import { readFile, truncate, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { expect, it, vi } from 'vitest'
import { diskBlocks } from '../src/index.ts'
import { block } from './material.ts'
import { filesIn, tempDir } from './temp-dir.ts'

/** Runs once, between the moment at which a block was read and that at which it is known to be whole. */
let meanwhile: (() => Promise<void>) | undefined

vi.mock('@hither/core', async (original) => {
  const core = await original<typeof Core>()
  const verifyBlock: typeof core.verifyBlock = async (...args) => {
    const task = meanwhile
    meanwhile = undefined
    await task?.()
    return core.verifyBlock(...args)
  }
  return { ...core, verifyBlock }
})

it('counts a block that is unpinned while it is read as one that may go', async () => {
  const blocks = await diskBlocks({ dir: await tempDir(), capBytes: 1500 })
  const [one, other] = [await block(1), await block(2)]
  await blocks.put(one.cid, one.bytes, { pin: true })
  meanwhile = () => blocks.unpin(one.cid)
  expect(await blocks.get(one.cid)).toEqual(one.bytes)
  await blocks.put(other.cid, other.bytes)
  expect(await Promise.all([one, other].map(({ cid }) => blocks.has(cid)))).toEqual([false, true])
  expect(blocks.usage()).toMatchObject({ bytes: 1000, count: 1 })
})

it('counts a block that is evicted while it is read as gone', async () => {
  const blocks = await diskBlocks({ dir: await tempDir(), capBytes: 1500 })
  const { cid, bytes } = await block(1)
  await blocks.put(cid, bytes)
  meanwhile = () => blocks.limit(500)
  await blocks.get(cid)
  expect(await blocks.has(cid)).toBe(false)
  expect(blocks.usage()).toMatchObject({ bytes: 0, count: 0 })
})

it('owes no pin to a damaged block that is unpinned while it is read', async () => {
  const dir = await tempDir()
  const blocks = await diskBlocks({ dir, capBytes: 1500 })
  const [one, other] = [await block(1), await block(2)]
  await blocks.put(one.cid, one.bytes, { pin: true })
  await truncate(await fileOf(dir, one.cid.toString()), 5)
  meanwhile = () => blocks.unpin(one.cid)
  expect(await blocks.get(one.cid)).toBeUndefined()
  await blocks.put(one.cid, one.bytes)
  await blocks.put(other.cid, other.bytes)
  expect(await blocks.has(one.cid)).toBe(false)
})

it('sets no block aside that was mended while its damaged file was read', async () => {
  const dir = await tempDir()
  const blocks = await diskBlocks({ dir, capBytes: 1500 })
  const { cid, bytes } = await block(1)
  await blocks.put(cid, bytes)
  const path = await fileOf(dir, cid.toString())
  await truncate(path, 5)
  meanwhile = () => writeFile(path, bytes)
  expect(await blocks.get(cid)).toEqual(bytes)
  expect(new Uint8Array(await readFile(path))).toEqual(bytes)
})

/** Where a block's file is. */
async function fileOf(dir: string, key: string): Promise<string> {
  const path = (await filesIn(dir)).find((file) => basename(file) === key)
  if (path === undefined) throw new Error(`no file for ${key}`)
  return path
}
