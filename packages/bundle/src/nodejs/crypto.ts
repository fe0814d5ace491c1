import { HASHES } from './crypto/algorithms.ts'
import { bytesOf, type Data } from './crypto/bytes.ts'
import { hkdf, hkdfSync, pbkdf2, pbkdf2Sync, scrypt, scryptSync } from './crypto/derive.ts'
import { createHash, createHmac, hash, Hash, Hmac } from './crypto/hash.ts'
import { createPrivateKey, createPublicKey, createSecretKey, KeyObject } from './crypto/key-object.ts'
import { getRandomValues, randomBytes, randomFill, randomFillSync, randomInt, randomUUID } from './crypto/random.ts'
import { unsupported } from './crypto/unsupported.ts'

/** What it can do at once, from noble; for the rest there is the platform's own, which takes its time. */
export const webcrypto = globalThis.crypto
export const { subtle } = webcrypto

/** All bytes are looked at, wherever they differ. */
export function timingSafeEqual(a: Data, b: Data): boolean {
  const [left, right] = [bytesOf(a), bytesOf(b)]
  if (left.length !== right.length) {
    const error = new RangeError('Input buffers must have the same byte length')
    throw Object.assign(error, { code: 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH' })
  }
  let different = 0
  for (let at = 0; at < left.length; at++) different |= (left[at] ?? 0) ^ (right[at] ?? 0)
  return different === 0
}

export function getHashes(): string[] {
  return [...HASHES]
}

export const createSign = unsupported('createSign', 'crypto.subtle.sign, or the package jose')
export const createVerify = unsupported('createVerify', 'crypto.subtle.verify, or the package jose')
export const sign = unsupported('sign', 'crypto.subtle.sign')
export const verify = unsupported('verify', 'crypto.subtle.verify')
export const createCipheriv = unsupported('createCipheriv', 'crypto.subtle.encrypt')
export const createDecipheriv = unsupported('createDecipheriv', 'crypto.subtle.decrypt')
export const generateKeyPair = unsupported('generateKeyPair', 'crypto.subtle.generateKey')
export const generateKeyPairSync = unsupported('generateKeyPairSync', 'crypto.subtle.generateKey')
export const constants = {
  RSA_PKCS1_PADDING: 1,
  RSA_PKCS1_OAEP_PADDING: 4,
  RSA_PKCS1_PSS_PADDING: 6,
  RSA_PSS_SALTLEN_DIGEST: -1,
}

export { createHash, createHmac, createPrivateKey, createPublicKey, createSecretKey, getRandomValues, hash, Hash, Hmac }
export { hkdf, hkdfSync, KeyObject, pbkdf2, pbkdf2Sync, randomBytes, randomFill, randomFillSync, randomInt, randomUUID }
export { scrypt, scryptSync }

export default {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  createSign,
  createVerify,
  generateKeyPair,
  generateKeyPairSync,
  getHashes,
  getRandomValues,
  hash,
  Hash,
  hkdf,
  hkdfSync,
  Hmac,
  KeyObject,
  pbkdf2,
  pbkdf2Sync,
  randomBytes,
  randomFill,
  randomFillSync,
  randomInt,
  randomUUID,
  scrypt,
  scryptSync,
  sign,
  subtle,
  timingSafeEqual,
  verify,
  webcrypto,
}
