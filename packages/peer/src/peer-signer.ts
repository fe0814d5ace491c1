import { createPrivateKey, sign } from 'node:crypto'
import { publicKeyOf, signerFromSeed } from '@hither/core'

/** Signs as a peer, whose id is its key. */
export type PeerSign = (bytes: Uint8Array) => Uint8Array

/**
 * In this thread and at once: a signature takes some 60 µs, while WebCrypto would have every answer wait for a thread of its own.
 * Throws `bad-key` for a seed of another length.
 */
export async function peerSigner(seed: Uint8Array): Promise<PeerSign> {
  const { publisher } = await signerFromSeed(seed)
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
  const jwk = { kty: 'OKP', crv: 'Ed25519', d: text(seed), x: text(publicKeyOf(publisher)) }
  const key = createPrivateKey({ key: jwk, format: 'jwk' })
  return (bytes) => sign(null, bytes, key)
}
