import { hkdf as derive } from '@noble/hashes/hkdf.js'
import { pbkdf2 as stretch } from '@noble/hashes/pbkdf2.js'
import { scrypt as harden } from '@noble/hashes/scrypt.js'
import { Buffer } from '../buffer.ts'
import { nextTick } from '../process.ts'
import { algorithm } from './algorithms.ts'
import { bytesOf, type Data } from './bytes.ts'
import { secretOf, type Secret } from './key-object.ts'

type Done<T> = (error: unknown, key?: T) => void

export interface ScryptOptions {
  N?: number
  r?: number
  p?: number
  cost?: number
  blockSize?: number
  parallelization?: number
  maxmem?: number
}

export function pbkdf2Sync(password: Data, salt: Data, rounds: number, length: number, digest: string): Buffer {
  return Buffer.from(stretch(algorithm(digest), bytesOf(password), bytesOf(salt), { c: rounds, dkLen: length }))
}

export function scryptSync(password: Data, salt: Data, length: number, options: ScryptOptions = {}): Buffer {
  const { cost = 16_384, blockSize = 8, parallelization = 1, maxmem = 32 * 1024 * 1024 } = options
  const { N = cost, r = blockSize, p = parallelization } = options
  // Of what it may take, Node counts some more than the algorithm's own table.
  return Buffer.from(harden(bytesOf(password), bytesOf(salt), { N, r, p, dkLen: length, maxmem: maxmem + 4096 * r }))
}

export function hkdfSync(digest: string, key: Secret, salt: Data, info: Data, length: number): ArrayBuffer {
  return new Uint8Array(derive(algorithm(digest), secretOf(key), bytesOf(salt), bytesOf(info), length)).buffer
}

/** With a callback: computed all the same, for there is no other thread to do it. */
export const pbkdf2 = called(pbkdf2Sync)
export const scrypt = called(scryptSync)
export const hkdf = called(hkdfSync)

function called<Args extends unknown[], T>(sync: (...args: Args) => T): (...args: [...Args, Done<T>]) => void {
  return (...args) => {
    const done = args.pop() as Done<T>
    const key = sync(...(args as unknown as Args))
    nextTick(() => done(null, key))
  }
}
