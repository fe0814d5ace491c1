import { mkdir, mkdtemp, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HitherError, sealReceipts, type SealedReceipt } from '@hither/core'
import { peerIdOf } from '@hither/net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { digestWhole } from '../src/digest.ts'
import { RECEIPTS_FILE_MAX_BYTES, RECEIPTS_FULL_MS, RECEIPTS_PER_FLUSH_MAX } from '../src/limits/kept.ts'
import { keptReceipts, type KeptReceipts } from '../src/receipts.ts'
import { signer, silent, testFunction } from './fakes.ts'

const { cid } = await testFunction('x')
const runner = await signer(5)
const peer = peerIdOf(new Uint8Array(32).fill(5))

async function sealed(): Promise<SealedReceipt> {
  const hash = new Uint8Array(32)
  const receipt = { function: cid.bytes, request: hash, result: hash, runner: peer, runMs: 1, cpuMs: 1 }
  const tree = await sealReceipts([receipt], (bytes) => runner.sign(bytes), digestWhole)
  return { receipt, seal: tree.seal(0, digestWhole) }
}

const proof = { prove: sealed }

async function kept(): Promise<{ path: string; open: () => KeptReceipts }> {
  const folder = await mkdtemp(join(tmpdir(), 'hither-receipts-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'receipts')
  return { path, open: () => keptReceipts({ path, wallClock: () => 42, log: silent }) }
}

test('a receipt is found at once, after a restart, and by whom it was not kept', async () => {
  const { path, open } = await kept()
  const one = open()
  one.keep({ call: 'abc', cid, name: 'k/x', proof })
  const want = { call: 'abc', cid: cid.toString(), name: 'k/x', time: 42, ...(await sealed()) }
  expect(await one.find('abc')).toEqual(want)
  await one.flush()
  expect(await open().find('abc')).toEqual(want)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

test.each(['ab', 'abcd', '', '.*', 'abc\nabc'])('none is found for "%s"', async (call) => {
  const { open } = await kept()
  const one = open()
  one.keep({ call: 'abc', cid, name: undefined, proof })
  await expect(one.find(call)).rejects.toMatchObject({ code: 'unknown-receipt' })
})

test('one that was altered or cut short in the file is caught, and spoils no other', async () => {
  const { path, open } = await kept()
  const one = open()
  for (const call of ['a1', 'a2', 'a3']) one.keep({ call, cid, name: undefined, proof })
  await one.flush()
  const lines = (await readFile(path, 'utf8')).split('\n')
  const [first = '', second = ''] = lines
  const middle = second.length >> 1
  const altered = `${second.slice(0, middle)}${second[middle] === 'A' ? 'B' : 'A'}${second.slice(middle + 1)}`
  await writeFile(path, [first.slice(0, -20), altered, ...lines.slice(2)].join('\n'))
  await expect(open().find('a1')).rejects.toMatchObject({ code: 'bad-answer' })
  await expect(open().find('a2')).rejects.toMatchObject({ code: 'bad-answer' })
  expect(await open().find('a3')).toMatchObject({ call: 'a3' })
})

test('the first one after a line that a crash cut short is kept', async () => {
  const { path, open } = await kept()
  await writeFile(path, 'cut AAAA')
  const one = open()
  for (const call of ['a1', 'a2']) {
    one.keep({ call, cid, name: undefined, proof })
    await one.flush()
  }
  for (const call of ['a1', 'a2']) expect(await open().find(call)).toMatchObject({ call })
  expect((await readFile(path, 'utf8')).split('\n').map((line) => line.slice(0, 3))).toEqual(['cut', 'a1 ', 'a2 ', ''])
})

test('the first one after a write that failed is kept', async () => {
  const { path, open } = await kept()
  const one = open()
  const keep = async (call: string): Promise<void> => {
    one.keep({ call, cid, name: undefined, proof })
    await one.flush()
  }
  await keep('a1')
  const before = await readFile(path)
  await rm(path)
  await mkdir(path)
  await keep('a2')
  await rmdir(path)
  // As a full disk leaves it: a part of what was to be written.
  await writeFile(path, Buffer.concat([before, Buffer.from('a2 AAAA')]))
  await keep('a3')
  for (const call of ['a1', 'a3']) expect(await open().find(call)).toMatchObject({ call })
})

test('the file has them in the order of the calls, whichever is sealed first', async () => {
  const { path, open } = await kept()
  const one = open()
  const seal = await sealed()
  const third = Promise.withResolvers<SealedReceipt>()
  const second = third.promise.then(() => Promise.resolve(seal))
  const first = second.then(() => Promise.resolve(seal))
  one.keep({ call: 'a1', cid, name: undefined, proof: { prove: () => first } })
  one.keep({ call: 'a2', cid, name: undefined, proof: { prove: () => second } })
  one.keep({ call: 'a3', cid, name: undefined, proof: { prove: () => third.promise } })
  third.resolve(seal)
  await one.flush()
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
  expect(lines.map((line) => line.slice(0, 2))).toEqual(['a1', 'a2', 'a3'])
})

test('what is kept is bounded: of a flood the newest, and two files', async () => {
  const { path, open } = await kept()
  const one = open()
  const seal = await sealed()
  for (let i = 0; i < RECEIPTS_PER_FLUSH_MAX + 5; i++)
    one.keep({ call: `c${i}`, cid, name: undefined, proof: { prove: async () => seal } })
  await expect(one.find('c4')).rejects.toMatchObject({ code: 'unknown-receipt' })
  expect(await one.find('c5')).toMatchObject({ call: 'c5' })
  await writeFile(path, `${'x'.repeat(RECEIPTS_FILE_MAX_BYTES)}\n`)
  one.keep({ call: 'new', cid, name: undefined, proof: { prove: async () => seal } })
  await one.flush()
  expect((await stat(path)).size).toBeLessThan(2000)
  expect((await stat(`${path}.old`)).size).toBeGreaterThan(RECEIPTS_FILE_MAX_BYTES)
  expect(await open().find('new')).toMatchObject({ call: 'new' })
})

test('where they come fast they go to the disk sooner, so that none is lost', async () => {
  const { path, open } = await kept()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const one = open()
  const each = Math.floor(RECEIPTS_PER_FLUSH_MAX / 2) + 1
  for (const half of ['a', 'b']) {
    for (let i = 0; i < each; i++) one.keep({ call: `${half}${i}`, cid, name: undefined, proof })
    vi.advanceTimersByTime(RECEIPTS_FULL_MS)
    // By then what waited is on its way to the disk.
    await new Promise(setImmediate)
  }
  await one.flush()
  expect((await readFile(path, 'latin1')).trimEnd().split('\n')).toHaveLength(2 * each)
})

test('one whose runner never signed is not kept, and those beside it are', async () => {
  const { open } = await kept()
  const one = open()
  const seal = await sealed()
  const late = Promise.reject(new HitherError('link-lost', 'the link ended before the signature of the receipt came'))
  one.keep({ call: 'a', cid, name: undefined, proof: { prove: () => late } })
  one.keep({ call: 'b', cid, name: undefined, proof: { prove: async () => seal } })
  await expect(one.find('a')).rejects.toMatchObject({ code: 'link-lost' })
  await one.flush()
  await expect(one.find('a')).rejects.toMatchObject({ code: 'unknown-receipt' })
  expect(await open().find('b')).toMatchObject({ call: 'b' })
})

test('one that is not signed yet keeps no other from the disk, and comes there when it is', async () => {
  const { open } = await kept()
  const one = open()
  const signing = Promise.withResolvers<SealedReceipt>()
  one.keep({ call: 'late', cid, name: undefined, proof: { prove: () => signing.promise } })
  one.keep({ call: 'b', cid, name: undefined, proof })
  await one.flush()
  expect(await open().find('b')).toMatchObject({ call: 'b' })
  await expect(one.find('older')).rejects.toMatchObject({ code: 'unknown-receipt' })
  signing.resolve(await sealed())
  expect(await one.find('late')).toMatchObject({ call: 'late' })
  await one.flush()
  expect(await open().find('late')).toMatchObject({ call: 'late' })
})
