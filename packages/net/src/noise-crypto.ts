import { createSecretKey, type KeyObject } from 'node:crypto'
import { asCrypto, defaultCrypto, nodeCrypto } from '@libp2p/noise/crypto'

/** From so many bytes on Node's cipher takes less time than the one in WebAssembly, which has less to set up. */
const LONG_MIN_BYTES = 600

const keys = new WeakMap<Uint8Array, KeyObject>()

/**
 * Noise's usual crypto, with each connection's keys made ready once. Of mere bytes Node makes a key for each message, which takes as long
 * as to encrypt 20 KB.
 */
const readyCrypto: typeof defaultCrypto = {
  ...defaultCrypto,
  chaCha20Poly1305Encrypt: (plaintext, nonce, ad, key) =>
    plaintext.byteLength < LONG_MIN_BYTES
      ? asCrypto.chaCha20Poly1305Encrypt(plaintext, nonce, ad, key)
      : nodeCrypto.chaCha20Poly1305Encrypt(plaintext, nonce, ad, ready(key)),
  chaCha20Poly1305Decrypt: (ciphertext, nonce, ad, key, into) =>
    ciphertext.byteLength < LONG_MIN_BYTES
      ? asCrypto.chaCha20Poly1305Decrypt(ciphertext, nonce, ad, key, into)
      : nodeCrypto.chaCha20Poly1305Decrypt(ciphertext, nonce, ad, ready(key)),
}

const hasCipher = defaultCrypto.chaCha20Poly1305Encrypt !== asCrypto.chaCha20Poly1305Encrypt

/** Where Node has no such cipher, as in Electron, noise's usual one. */
export const noiseCrypto: typeof defaultCrypto = hasCipher ? readyCrypto : defaultCrypto

/** For noise a key is bytes; Node, to whom it hands them, takes either. */
function ready(key: Uint8Array): Uint8Array {
  let known = keys.get(key)
  if (known === undefined) {
    known = createSecretKey(key)
    keys.set(key, known)
  }
  return known as unknown as Uint8Array
}
