import { blockOf, HitherError, MANIFEST_MAX_BYTES, type CID, type Manifest } from '@hither/core'
import { memoryBlocks, memoryNames } from '@hither/store'
import { expect, test, vi } from 'vitest'
import { blockFetch } from '../src/block-fetch.ts'
import { functions, textOf, type Functions } from '../src/functions.ts'
import { kitOf } from '../src/serve/kit.ts'
import { ABSENT_MS, BUNDLE_KEPT_MAX_BYTES, KIT_BUNDLE_MAX_BYTES, MANIFESTS_MAX_BYTES } from '../src/limits/functions.ts'
import { fakeLinks, silent, testFunction, type FakeLinks, type FakePeer } from './fakes.ts'

const codeOf = async (found: Functions, manifest: Manifest): Promise<string> => textOf(await found.bundle(manifest))

const none = new Uint8Array(0)

const CODE = 'export default () => new Response("x")'

test('a missing function is fetched from whoever asked, else from the nearest that has it, and then kept', async () => {
  const { cid, manifest, blocks: has } = await testFunction(CODE)
  const bytes = new Map(has.map((block) => [block.cid.toString(), block.bytes]))
  const asked: string[] = []
  const peer = (name: string, rttMs: number, give: boolean): FakePeer => ({
    rttMs,
    block: async (wanted) => {
      asked.push(name)
      return give ? bytes.get(wanted.toString()) : undefined
    },
  })
  const links = fakeLinks({ far: peer('far', 50, true), near: peer('near', 5, false), from: peer('from', 90, false) })
  const store = memoryBlocks({ capBytes: 1e6 })
  const found = functions({ blocks: store, links, now: () => 0, log: silent })

  expect(await found.local(cid)).toBeUndefined()
  expect(await found.manifest(cid, { from: 'from' })).toEqual(manifest)
  expect(asked).toEqual(['from', 'near', 'far'])
  expect(await codeOf(found, manifest)).toBe(CODE)
  asked.length = 0
  expect(await found.local(cid)).toEqual(manifest)
  await found.keep(cid)
  expect(asked).toEqual([])
})

test('a peer that lies or fails costs nothing but the next question', async () => {
  const { cid, manifest, blocks: has } = await testFunction(CODE)
  const links = fakeLinks({
    liar: { rttMs: 1, block: () => Promise.reject(new HitherError('bad-block', 'wrong bytes')) },
    gone: { rttMs: 2, block: () => Promise.reject(new HitherError('peer-unreachable', 'gone')) },
    honest: { rttMs: 3, block: async () => has[0]?.bytes },
  })
  const found = functions({ blocks: memoryBlocks({ capBytes: 1e6 }), links, now: () => 0, log: silent })
  expect(await found.manifest(cid)).toEqual(manifest)
})

test('a call does not wait until what came for it is kept, and who stops does', async () => {
  const { cid, manifest, blocks: has } = await testFunction(CODE)
  const disk = Promise.withResolvers<void>()
  const store = memoryBlocks({ capBytes: 1e6 })
  const put = store.put.bind(store)
  vi.spyOn(store, 'put').mockImplementation(async (...block) => {
    await disk.promise
    return put(...block)
  })
  const links = fakeLinks({ a: { block: async () => has[0]?.bytes } })
  const found = functions({ blocks: store, links, now: () => 0, log: silent })
  expect(await found.manifest(cid)).toEqual(manifest)
  const settled = found.settled()
  expect(await Promise.race([settled, Promise.resolve('still on its way')])).toBe('still on its way')
  disk.resolve()
  await settled
  expect(await store.get(cid)).toEqual(has[0]?.bytes)
})

test('many calls for one missing block make one fetch', async () => {
  const { cid, blocks: has } = await testFunction(CODE)
  const block = vi.fn(async () => has[0]?.bytes)
  const found = functions({
    blocks: memoryBlocks({ capBytes: 1e6 }),
    links: fakeLinks({ a: { block } }),
    now: () => 0,
    log: silent,
  })
  await Promise.all(Array.from({ length: 10 }, () => found.manifest(cid)))
  expect(block).toHaveBeenCalledTimes(1)
})

test.each([
  ['short one is not read again', CODE, 1],
  ['long one is', `${CODE} // ${'.'.repeat(BUNDLE_KEPT_MAX_BYTES)}`, 2],
])('many calls of one function that is here read it once, and for later ones a %s', async (_, text, reads) => {
  const { manifest, blocks: has } = await testFunction(text)
  const store = memoryBlocks({ capBytes: 1e7 })
  for (const { cid, bytes } of has) await store.put(cid, bytes)
  const get = vi.spyOn(store, 'get')
  const found = functions({ blocks: store, links: fakeLinks(), now: () => 0, log: silent })
  const texts = await Promise.all(Array.from({ length: 256 }, () => codeOf(found, manifest)))
  expect(new Set(texts)).toEqual(new Set([text]))
  expect(get).toHaveBeenCalledTimes(1)
  await codeOf(found, manifest)
  expect(get).toHaveBeenCalledTimes(reads)
})

test('what nobody has is an unknown function', async () => {
  const { cid } = await testFunction(CODE)
  const found = functions({
    blocks: memoryBlocks({ capBytes: 1e6 }),
    links: fakeLinks({ a: {} }),
    now: () => 0,
    log: silent,
  })
  await expect(found.manifest(cid)).rejects.toMatchObject({ code: 'unknown-function' })
})

test('whoever gives up a shared search ends only its own wait, and a slow peer holds up nobody', async () => {
  const { cid, manifest, blocks: has } = await testFunction(CODE)
  const links = fakeLinks({
    silent: { rttMs: 1, block: () => new Promise(() => {}) },
    holder: { rttMs: 2, block: async () => has[0]?.bytes },
  })
  const found = functions({ blocks: memoryBlocks({ capBytes: 1e6 }), links, now: () => 0, log: silent })
  const impatient = new AbortController()
  const first = found.manifest(cid, { from: 'silent', signal: impatient.signal })
  const second = found.manifest(cid, { from: 'holder' })
  impatient.abort(new Error('gave up'))
  await expect(first).rejects.toThrow('gave up')
  expect(await second).toEqual(manifest)
})

test('a block that cannot be kept serves the call all the same, but is not said to be kept', async () => {
  const { cid, manifest, blocks: has } = await testFunction(CODE)
  const bytes = new Map(has.map((block) => [block.cid.toString(), block.bytes]))
  const links = fakeLinks({ a: { block: async (wanted) => bytes.get(wanted.toString()) } })
  const found = functions({ blocks: memoryBlocks({ capBytes: 10 }), links, now: () => 0, log: silent })
  expect(await found.manifest(cid)).toEqual(manifest)
  expect(await codeOf(found, manifest)).toBe(CODE)
  await expect(found.keep(cid)).rejects.toMatchObject({ code: expect.stringMatching(/store-full|too-large/) })
})

test('a search says once that it has ended, so that it cannot end the next one for the same block', async () => {
  const { cid, blocks: has } = await testFunction(CODE)
  for (const answer of [has[0]?.bytes, undefined]) {
    const onEnd = vi.fn()
    const search = blockFetch(cid, { links: fakeLinks({ a: { block: async () => answer } }), log: silent, onEnd })
    expect(await Promise.all([search.wait({}), search.wait({})])).toEqual([answer, answer])
    expect(onEnd).toHaveBeenCalledTimes(1)
  }
})

test('a short bundle comes with its manifest, a long one is asked for, and both are kept', async () => {
  for (const [code, questions] of [
    [CODE, ['kit']],
    [`${CODE} // ${'.'.repeat(KIT_BUNDLE_MAX_BYTES)}`, ['kit', 'block']],
  ] as const) {
    const { cid, manifest, blocks: has } = await testFunction(code)
    const there = memoryBlocks({ capBytes: 1e6 })
    for (const block of has) await there.put(block.cid, block.bytes)
    const asked: string[] = []
    const links: FakeLinks = {
      ...fakeLinks({ a: {} }),
      kit: (_peer, wanted) => (asked.push('kit'), kitOf({ names: memoryNames(), blocks: there }, wanted, undefined)),
      block: (_peer, wanted) => (asked.push('block'), there.get(wanted)),
    }
    const store = memoryBlocks({ capBytes: 1e6 })
    const found = functions({ blocks: store, links, now: () => 0, log: silent })
    expect(await found.manifest(cid)).toEqual(manifest)
    expect(await codeOf(found, manifest)).toBe(code)
    expect(asked).toEqual(questions)
    const kept = functions({ blocks: store, links: fakeLinks(), now: () => 0, log: silent })
    expect(await codeOf(kept, await kept.manifest(cid))).toBe(code)
  }
})

test('a block that can be no manifest is not read for who asks for a kit', async () => {
  const blocks = memoryBlocks({ capBytes: 1e6 })
  const long = await blockOf(new Uint8Array(MANIFEST_MAX_BYTES + 1), 'raw')
  await blocks.put(long.cid, long.bytes)
  const get = vi.spyOn(blocks, 'get')
  expect(await kitOf({ names: memoryNames(), blocks }, long.cid, undefined)).toEqual({})
  expect(get).not.toHaveBeenCalled()
})

test('what a peer gives of a function is there at once', async () => {
  const { cid, manifest, blocks: has } = await testFunction(CODE)
  const [block, bundle] = has
  const found = functions({ blocks: memoryBlocks({ capBytes: 1e6 }), links: fakeLinks(), now: () => 0, log: silent })
  found.take(cid, {})
  await expect(found.manifest(cid)).rejects.toMatchObject({ code: 'unknown-function' })
  found.take(cid, { manifest: block?.bytes ?? none, bundle: bundle?.bytes ?? none })
  expect(await found.local(cid)).toEqual(manifest)
  expect(await codeOf(found, manifest)).toBe(CODE)
})

test('what was just stored is not looked for on the disk', async () => {
  const { cid, manifest, blocks: has } = await testFunction(CODE)
  const store = memoryBlocks({ capBytes: 1e6 })
  const [get, size] = [vi.spyOn(store, 'get'), vi.spyOn(store, 'size')]
  const found = functions({ blocks: store, links: fakeLinks(), now: () => 0, log: silent })
  expect(await found.local(cid)).toBeUndefined()
  expect(get).toHaveBeenCalledTimes(1)
  found.learn(cid, has)
  expect(found.local(cid)).toEqual(manifest)
  expect(found.bundleBytes(manifest)).toBe(CODE.length)
  expect(await codeOf(found, manifest)).toBe(CODE)
  expect([get.mock.calls.length, size.mock.calls.length]).toEqual([1, 0])
})

test('what is not here is not looked for on the disk by every call, and found soon after it came', async () => {
  const { cid, manifest, blocks: has } = await testFunction(CODE)
  const store = memoryBlocks({ capBytes: 1e6 })
  const get = vi.spyOn(store, 'get')
  let at = 1
  const found = functions({ blocks: store, links: fakeLinks(), now: () => at, log: silent })
  for (let call = 0; call < 10; call++) expect(await found.local(cid)).toBeUndefined()
  expect(get).toHaveBeenCalledTimes(1)
  for (const block of has) await store.put(block.cid, block.bytes)
  at += ABSENT_MS + 1
  expect(await found.local(cid)).toEqual(manifest)
})

test('a call does not wait for the disk to take what has come, and no other asks for it meanwhile', async () => {
  const { cid, manifest, blocks: has } = await testFunction(`${CODE} // ${'.'.repeat(BUNDLE_KEPT_MAX_BYTES)}`)
  const bytes = new Map(has.map((block) => [block.cid.toString(), block.bytes]))
  const store = memoryBlocks({ capBytes: 1e7 })
  const written = Promise.withResolvers<void>()
  const put = vi.spyOn(store, 'put').mockReturnValue(written.promise)
  const give = vi.fn(async (wanted: CID) => bytes.get(wanted.toString()))
  const found = functions({ blocks: store, links: fakeLinks({ a: { block: give } }), now: () => 0, log: silent })
  expect(await found.manifest(cid)).toEqual(manifest)
  const texts = [await codeOf(found, manifest), await codeOf(found, manifest)]
  expect(texts[0]).toBe(texts[1])
  expect(give).toHaveBeenCalledTimes(2)
  expect(put).toHaveBeenCalledTimes(2)
  written.resolve()
})

test('how long a bundle is costs no reading of it, and is looked up once', async () => {
  const { manifest, blocks: has } = await testFunction(CODE)
  const store = memoryBlocks({ capBytes: 1e6 })
  const [get, size] = [vi.spyOn(store, 'get'), vi.spyOn(store, 'size')]
  let at = 1
  const found = functions({ blocks: store, links: fakeLinks(), now: () => at, log: silent })
  expect(await found.bundleBytes(manifest)).toBeUndefined()
  for (const block of has) await store.put(block.cid, block.bytes)
  at += ABSENT_MS + 1
  const sizes = await Promise.all(Array.from({ length: 10 }, async () => found.bundleBytes(manifest)))
  expect(new Set(sizes)).toEqual(new Set([CODE.length]))
  expect(size).toHaveBeenCalledTimes(2)
  expect(get).not.toHaveBeenCalled()
})

test('manifests are kept in memory up to a sum, however few they are', async () => {
  const env = Object.fromEntries(Array.from('abcdef', (key) => [key, 'x'.repeat(8000)]))
  const store = memoryBlocks({ capBytes: 1e8 })
  const found = functions({ blocks: store, links: fakeLinks({}), now: () => 0, log: silent })
  const cids: CID[] = []
  for (let one = 0; one * 48_000 <= MANIFESTS_MAX_BYTES; one++) {
    const { cid, blocks: has } = await testFunction(CODE, { env: { ...env, NUMBER: String(one) } })
    for (const block of has) await store.put(block.cid, block.bytes)
    await found.manifest(cid)
    cids.push(cid)
  }
  const kept = cids.filter((cid) => !(found.local(cid) instanceof Promise))
  expect(kept).toEqual(cids.slice(-kept.length))
  expect(kept.length).toBeLessThan(cids.length)
  expect(kept.length).toBeGreaterThan(1)
  await found.settled()
})
