import { keyOfPeer, verifySignature } from '@hither/core'
import { peerIdOf } from '@hither/net'
import { expect, test } from 'vitest'
import { peerSigner } from '../src/peer-signer.ts'

test('what a peer signs holds for the key that is its id', async () => {
  const seed = new Uint8Array(32).fill(9)
  const bytes = new TextEncoder().encode('a root')
  const signature = (await peerSigner(seed))(bytes)
  const key = keyOfPeer(peerIdOf(seed)) ?? ''
  expect(await verifySignature(key, bytes, signature)).toBe(true)
  expect(await verifySignature(key, bytes.with(0, 1), signature)).toBe(false)
})
