import type { ConnectionProtector, MessageStream } from '@libp2p/interface'
import { byteStream, multiaddrConnectionPair } from '@libp2p/utils'
import { expect, test, vi } from 'vitest'
import { protector } from '../../src/closed/protector.ts'

const FIRST_WORDS = new TextEncoder().encode('\u0013/multistream/1.0.0\n')

/** Node has it, and TypeScript's types for Node do not. */
interface WithWasm {
  WebAssembly: { Memory: { prototype: { grow(pages: number): number } } }
}
const memory = (globalThis as unknown as WithWasm).WebAssembly.Memory.prototype

const shop = protector(new Uint8Array(32).fill(1))()
const other = protector(new Uint8Array(32).fill(2))()

test('however connections end, by the thousands, those that last are unharmed', async () => {
  // Within its first 640 KiB the cipher's memory has room for some 9,000 streams, and each end of a connection has two.
  using grow = vi.spyOn(memory, 'grow')
  const [left, right] = await both(shop, shop)
  for (let round = 0; round < 4_000; round++) {
    const [near, far] = await both(shop, round % 2 === 0 ? shop : other)
    near.send(FIRST_WORDS)
    if (round % 3 === 0) await near.close()
    if (round % 3 === 1) far.abort(new Error('enough'))
    if (round % 3 === 2) near.abort(new Error('enough'))
  }
  const ears = byteStream(right)
  left.send(FIRST_WORDS)
  expect((await ears.read({ bytes: FIRST_WORDS.length })).subarray()).toEqual(FIRST_WORDS)
  expect(grow).not.toHaveBeenCalled()
})

/** The two ends of a connection in memory, each behind its protector. */
function both(a: ConnectionProtector, b: ConnectionProtector): Promise<[near: MessageStream, far: MessageStream]> {
  const [near, far] = multiaddrConnectionPair()
  return Promise.all([a.protect(near), b.protect(far)])
}
