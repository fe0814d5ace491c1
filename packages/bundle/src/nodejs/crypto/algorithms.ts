import { blake2b, blake2s } from '@noble/hashes/blake2.js'
import { md5, ripemd160, sha1 } from '@noble/hashes/legacy.js'
import { sha224, sha256, sha384, sha512, sha512_224, sha512_256 } from '@noble/hashes/sha2.js'
import { sha3_224, sha3_256, sha3_384, sha3_512 } from '@noble/hashes/sha3.js'
import type { CHash } from '@noble/hashes/utils.js'

/** By the names that OpenSSL gives them, without hyphens. Computed here: node:crypto answers at once, crypto.subtle later. */
const ALGORITHMS: Record<string, CHash> = {
  md5,
  ripemd160,
  rmd160: ripemd160,
  sha1,
  sha224,
  sha256,
  sha384,
  sha512,
  'sha512/224': sha512_224,
  'sha512/256': sha512_256,
  sha3224: sha3_224,
  sha3256: sha3_256,
  sha3384: sha3_384,
  sha3512: sha3_512,
  blake2b512: blake2b,
  blake2s256: blake2s,
}

export const HASHES: string[] = [
  'blake2b512',
  'blake2s256',
  'md5',
  'ripemd160',
  'sha1',
  'sha224',
  'sha256',
  'sha3-224',
  'sha3-256',
  'sha3-384',
  'sha3-512',
  'sha384',
  'sha512',
  'sha512-224',
  'sha512-256',
]

/** Throws as Node does where it does not know the name. */
export function algorithm(name: string): CHash {
  const plain = name.toLowerCase().replace(/^rsa-/, '')
  const found = ALGORITHMS[plain.replace(/^sha512-(?=2)/, 'sha512/')] ?? ALGORITHMS[plain.replaceAll('-', '')]
  if (found === undefined) throw new Error('Digest method not supported')
  return found
}
