import { publisherId } from '@hither/core'
import assert from 'node:assert/strict'
import { open, rm, stat, truncate, type FileHandle } from 'node:fs/promises'
import { pino } from 'pino'
import { loadAdmission } from '../../src/admission.ts'
import { loadAliases } from '../../src/home/aliases.ts'

/** What a file takes at least, so that there is room for a lock and none for a list. */
const PAGE_BYTES = 4096

/** Fills the small file system at `dir`, and looks whether what is refused then stays as it was. */
const [dir = ''] = process.argv.slice(2)
const [self = '', ann = '', bob = ''] = [1, 2, 3].map((n) => publisherId(new Uint8Array(32).fill(n)))
const own = { publisher: self, peer: 'self' }
const log = pino({ level: 'silent' })
const admission = await loadAdmission({ path: `${dir}/trust.json`, self: own, also: [ann], anyone: false, log })
const aliases = await loadAliases(`${dir}/aliases.json`)
await aliases.add('ann', ann)

const ballast = `${dir}/ballast`
await fill(ballast)
const full = { code: 'store-full' }
await assert.rejects(admission.set('run', bob, {}), full)
assert.equal(admission.admits(bob), false)
await assert.rejects(admission.set('run', ann, 'deny'), full)
await assert.rejects(admission.remove(ann), full)
assert.equal(admission.admits(ann), true)
await assert.rejects(aliases.add('bob', bob), full)
await assert.rejects(aliases.remove('ann'), full)
assert.deepEqual([...aliases.byName], [['ann', ann]])

await rm(ballast)
await admission.set('run', bob, {})
await admission.remove(ann)
await aliases.add('bob', bob)
assert.deepEqual(
  [ann, bob].map((who) => admission.admits(who)),
  [false, true],
)
assert.deepEqual([...(await loadAliases(`${dir}/aliases.json`)).byName.keys()], ['ann', 'bob'])
process.stdout.write('done')

/** All but one page. */
async function fill(path: string): Promise<void> {
  {
    await using file = await open(path, 'w')
    while (await written(file));
  }
  await truncate(path, (await stat(path)).size - PAGE_BYTES)
}

async function written(file: FileHandle): Promise<boolean> {
  try {
    await file.writeFile(new Uint8Array(PAGE_BYTES))
    return true
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC')
    return false
  }
}
