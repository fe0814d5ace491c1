import { randomBytes } from 'node:crypto'
import { readdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { peerOfKey, signerFromSeed } from '@hither/core'
import { sealSecrets, type SecretsRecord } from '@hither/core/secrets'
import { expect, test } from 'vitest'
import { diskSecrets } from '../src/index.ts'
import { tempDir } from './temp-dir.ts'

const [dev, ann] = await Promise.all([1, 2].map((n) => signerFromSeed(new Uint8Array(32).fill(n))))
if (!dev || !ann) throw new Error('no keys')
const [publisher, peer] = [dev.publisher, peerOfKey(ann.publisher)]
const random = (count: number): Uint8Array => Uint8Array.from(randomBytes(count))

function seal(sequence: number, name = 'shop'): Promise<SecretsRecord> {
  const values = { TOKEN: 'correct-horse-battery' }
  return sealSecrets(dev as typeof ann & object, { name, sequence, time: 0, values, runners: [peer], gone: [] }, random)
}

test('records survive a restart, sealed, for their owner only, the newest of each name', async () => {
  const dir = join(await tempDir(), 'secrets')
  const records = await diskSecrets({ dir })
  const [first, second, another] = await Promise.all([seal(1), seal(2), seal(1, 'inn')])
  expect(await records.put(second)).toBe(second)
  expect((await records.put(first)).id).toEqual(second.id)
  await records.put(another)

  const again = await diskSecrets({ dir })
  expect(again.list().map(({ name, sequence }) => [name, sequence])).toEqual([
    ['inn', 1],
    ['shop', 2],
  ])
  expect(again.get(publisher, 'shop')?.bytes).toEqual(second.bytes)
  expect(again.get(publisher, 'nothing')).toBeUndefined()
  expect((await stat(dir)).mode & 0o777).toBe(0o700)
  for (const file of await readdir(dir)) {
    expect((await stat(join(dir, file))).mode & 0o777).toBe(0o600)
    expect(await readFile(join(dir, file), 'latin1')).not.toContain('correct-horse')
  }
})

test('several processes share a folder: what one puts is in the way of an older one of another', async () => {
  const dir = await tempDir()
  const [a, b] = [await diskSecrets({ dir }), await diskSecrets({ dir })]
  const [first, second] = await Promise.all([seal(1), seal(2)])
  await a.put(second)
  expect((await b.put(first)).id).toEqual(second.id)
  await a.put(await seal(3))
  expect(b.get(publisher, 'shop')?.sequence).toBe(2)
  await b.refresh()
  expect(b.get(publisher, 'shop')?.sequence).toBe(3)
})

test('what is damaged, or in the place of another, is an error that says so, until a good one comes', async () => {
  const dir = await tempDir()
  const records = await diskSecrets({ dir })
  await records.put(await seal(1))
  const path = join(dir, `${publisher}.shop.sealed`)
  const good = await readFile(path)
  const foreign = (await seal(1, 'inn')).bytes
  for (const bytes of [Buffer.alloc(0), good.subarray(0, 50), Buffer.from(good).fill(0, 100, 110), foreign]) {
    await writeFile(path, bytes)
    const opened = await diskSecrets({ dir })
    expect(() => opened.get(publisher, 'shop')).toThrow(
      expect.objectContaining({ code: 'bad-record', message: expect.stringContaining(path), fix: expect.any(String) }),
    )
    expect(opened.list()).toEqual([])
    expect(Buffer.compare(await readFile(path), bytes)).toBe(0)
  }
  const mended = await diskSecrets({ dir })
  await mended.put(await seal(2))
  expect((await diskSecrets({ dir })).get(publisher, 'shop')?.sequence).toBe(2)
})

test('what is damaged is forgotten once it was moved away, as its error says; what holds is not', async () => {
  const dir = await tempDir()
  const records = await diskSecrets({ dir })
  for (const name of ['shop', 'inn']) await records.put(await seal(1, name))
  const [bad, good] = ['shop', 'inn'].map((name) => join(dir, `${publisher}.${name}.sealed`)) as [string, string]
  await writeFile(bad, 'damaged')
  await records.refresh()
  expect(() => records.get(publisher, 'shop')).toThrow('damaged')
  for (const path of [bad, good]) await rename(path, `${path}.away`)
  await records.refresh()
  expect(records.get(publisher, 'shop')).toBeUndefined()
  expect(records.get(publisher, 'inn')?.sequence).toBe(1)
})

test('unfinished files of killed writers are cleared away, and others left alone', async () => {
  const dir = await tempDir()
  const [temp, note] = [join(dir, `${publisher}.shop.sealed.0.tmp`), join(dir, 'note.txt')]
  await writeFile(temp, 'half')
  await writeFile(note, 'mine')
  await utimes(temp, 0, 0)
  expect((await diskSecrets({ dir })).list()).toEqual([])
  expect(await readdir(dir)).toEqual(['note.txt'])
})
