import { expect, test } from 'vitest'
import { encodeMessage, openOwner, signerFromSeed, signOwner } from '../src/index.ts'

const ann = await signerFromSeed(new Uint8Array(32).fill(1))
const bob = await signerFromSeed(new Uint8Array(32).fill(2))

test('a publisher says that a peer is theirs', async () => {
  expect(await openOwner(await signOwner(ann, 'peer'), 'peer')).toBe(ann.publisher)
})

test('a statement about another peer, by another key or of another shape proves nothing', async () => {
  const signature = await bob.sign(new TextEncoder().encode('hither owner\npeer'))
  const forged = encodeMessage({ publisher: ann.publisher, signature })
  const noKey = encodeMessage({ publisher: 'ann', signature })
  const statements = [await signOwner(ann, 'other'), forged, noKey, encodeMessage({}), new Uint8Array(300)]
  for (const bytes of statements) {
    await expect(openOwner(bytes, 'peer')).rejects.toMatchObject({ code: 'bad-message' })
  }
})
