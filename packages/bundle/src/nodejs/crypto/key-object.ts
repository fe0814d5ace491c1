import type { JsonWebKey } from 'node:crypto'
import { Buffer } from '../buffer.ts'
import { bytesOf, type Data } from './bytes.ts'
import { unsupported } from './unsupported.ts'

/** A secret key. Public and private ones are for crypto.subtle, which has the algorithms. */
export class KeyObject {
  readonly type = 'secret'
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes.slice()
  }

  get symmetricKeySize(): number {
    return this.#bytes.length
  }

  get [Symbol.toStringTag](): string {
    return 'KeyObject'
  }

  export({ format = 'buffer' }: { format?: 'buffer' | 'jwk' } = {}): Buffer | JsonWebKey {
    const buffer = Buffer.from(this.#bytes)
    return format === 'jwk' ? { kty: 'oct', k: buffer.toString('base64url') } : buffer
  }

  equals(other: KeyObject): boolean {
    return Buffer.from(this.#bytes).equals(other.#bytes)
  }

  static bytesOf(key: KeyObject): Uint8Array {
    return key.#bytes
  }
}

export type Secret = Data | KeyObject

export function secretOf(key: Secret): Uint8Array {
  return key instanceof KeyObject ? KeyObject.bytesOf(key) : bytesOf(key)
}

export function createSecretKey(key: Data, encoding?: BufferEncoding): KeyObject {
  return new KeyObject(bytesOf(key, encoding))
}

export const createPublicKey = unsupported('createPublicKey', 'crypto.subtle.importKey, or the package jose')
export const createPrivateKey = unsupported('createPrivateKey', 'crypto.subtle.importKey, or the package jose')
