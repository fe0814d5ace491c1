import { HitherError } from '@hither/core'
import assert from 'node:assert/strict'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { diskBlocks, diskNames, writeFileAtomic } from '../../src/index.ts'
import { block, record, signer } from '../material.ts'

/** Fills the small file system at `dir`, and looks whether the store stays whole and recovers. */
const [dir = ''] = process.argv.slice(2)
const ballast = `${dir}/ballast`
await writeFile(ballast, new Uint8Array(300_000))
const blocks = await diskBlocks({ dir: `${dir}/blocks`, capBytes: 1e9 })
const names = await diskNames({ dir: `${dir}/names` })
const by = await signer(1)

const stored = await fill(async (number) => {
  const { cid, bytes } = await block(number, 20_000)
  await blocks.put(cid, bytes)
})
const named = await fill(async (number) => names.put(await record({ sequence: number + 1, by })))
await fill(async (number) => writeFileAtomic(`${dir}/file${number}`, new Uint8Array(4000)))

const left = await readdir(dir, { recursive: true })
assert.deepEqual(
  left.filter((name) => name.endsWith('.tmp')),
  [],
  'unfinished files stay behind',
)
const again = await diskBlocks({ dir: `${dir}/blocks`, capBytes: 1e9 })
assert.equal(again.usage().count, stored)
for (let number = 0; number < stored; number++) assert.ok(await again.get((await block(number, 20_000)).cid))
assert.equal((await diskNames({ dir: `${dir}/names` })).history(by.publisher, 'shop').length, named)

await rm(ballast)
const { cid, bytes } = await block(stored, 20_000)
await blocks.put(cid, bytes)
assert.equal(await names.put(await record({ sequence: named + 1, by })), 'stored')
process.stdout.write(JSON.stringify({ stored }))

/** Repeats something until the disk is full, and returns how often it went well. */
async function fill(once: (number: number) => Promise<unknown>): Promise<number> {
  for (let number = 0; number < 500; number++) {
    try {
      await once(number)
    } catch (thrown) {
      assert.ok(
        thrown instanceof HitherError && thrown.code === 'store-full' && thrown.fix !== undefined,
        String(thrown),
      )
      return number
    }
  }
  throw new Error('the disk never was full')
}
