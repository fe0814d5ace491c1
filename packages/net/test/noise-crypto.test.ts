import { defaultCrypto } from '@libp2p/noise/crypto'
import { expect, test } from 'vitest'
import { noiseCrypto } from '../src/noise-crypto.ts'
import { pattern } from './helpers/services.ts'

const NONCE = pattern(12)
const NOTHING = new Uint8Array(0)

test.each([0, 1, 599, 600, 1200, 65_519])('says of %i bytes what noise itself does, and understands it', (length) => {
  const plain = pattern(length)
  for (const key of [pattern(32), pattern(32).toReversed()]) {
    for (let time = 0; time < 2; time++) {
      const ours = noiseCrypto.chaCha20Poly1305Encrypt(plain, NONCE, NOTHING, key).slice()
      const theirs = defaultCrypto.chaCha20Poly1305Encrypt(plain, NONCE, NOTHING, key).slice()
      expect(Buffer.compare(ours, theirs)).toBe(0)
      const read = noiseCrypto.chaCha20Poly1305Decrypt(ours.slice(), NONCE, NOTHING, key).slice()
      expect(Buffer.compare(read, plain)).toBe(0)
    }
  }
})

test.each([1, 599, 600, 65_519])('takes no %i bytes that somebody changed', (length) => {
  const key = pattern(32)
  const said = noiseCrypto.chaCha20Poly1305Encrypt(pattern(length), NONCE, NOTHING, key).slice()
  said[0] = (said[0] ?? 0) ^ 1
  expect(() => noiseCrypto.chaCha20Poly1305Decrypt(said, NONCE, NOTHING, key)).toThrow(/authenticate|Invalid/)
})
