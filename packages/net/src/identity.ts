import { createPrivateKey, createPublicKey } from 'node:crypto'
import { HitherError, SEED_BYTES, type PeerId } from '@hither/core'
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'

/** PKCS #8 around a raw Ed25519 seed (RFC 8410). */
const PKCS8_PREFIX = Uint8Array.from([48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32])

/** A peer's key from its 32 secret bytes. By node:crypto, which unlike libp2p's own way needs no waiting. Throws `bad-key`. */
export function identityOf(seed: Uint8Array): PrivateKey {
  if (seed.length !== SEED_BYTES) {
    throw new HitherError('bad-key', `the peer's key has ${seed.length} bytes`, { why: `a seed has ${SEED_BYTES}` })
  }
  const pkcs8 = Buffer.concat([PKCS8_PREFIX, seed])
  const { x = '' } = createPublicKey(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })).export({
    format: 'jwk',
  })
  pkcs8.fill(0)
  return privateKeyFromRaw(Buffer.concat([seed, Buffer.from(x, 'base64url')]))
}

/** The peer id, in text, of the peer that has this 32-byte seed. Throws `bad-key`. */
export function peerIdOf(seed: Uint8Array): PeerId {
  return peerIdFromPrivateKey(identityOf(seed)).toString()
}
