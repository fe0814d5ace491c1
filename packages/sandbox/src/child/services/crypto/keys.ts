import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  KeyObject,
} from 'node:crypto'
import { randomBytes, type webcrypto } from 'node:crypto'
import type { KeyInfo } from '../../../guest/wall/crypto.ts'

/** Keys of an isolate that are held at once. The isolate has all of them in a sealed form, and none is lost. */
const HELD_MAX = 128

const CIPHER = 'aes-256-gcm'
const IV_BYTES = 12
const TAG_BYTES = 16

/** Of this process alone: what it seals is of no use to any other. */
const sealingKey = randomBytes(32)

/** A key as plain data, which is what gets sealed. */
interface Plain {
  key: string
  type: webcrypto.KeyType
  algorithm: webcrypto.KeyAlgorithm
  extractable: boolean
  usages: webcrypto.KeyUsage[]
}

/**
 * The keys of one isolate, by their numbers. User code may make them without end and forget them, and nothing tells when:
 * so the oldest is forgotten here too, and comes back in the sealed form that the isolate has of it.
 */
export class Keys {
  readonly #held = new Map<number, webcrypto.CryptoKey>()
  #lastNumber = 0

  /** Takes a new key in, and says what the isolate is to have of it. */
  add(key: webcrypto.CryptoKey): KeyInfo {
    const number = ++this.#lastNumber
    this.#hold(number, key)
    const { type, extractable, usages } = key
    return { number, type, extractable, usages, algorithm: plainAlgorithm(key.algorithm), sealed: seal(key) }
  }

  /** Undefined where it was forgotten. */
  get(number: number): webcrypto.CryptoKey | undefined {
    const key = this.#held.get(number)
    if (key === undefined) return undefined
    this.#held.delete(number)
    this.#held.set(number, key)
    return key
  }

  /** Takes a forgotten key back. Throws where it was not sealed here. */
  restore(number: number, sealed: string): void {
    if (!this.#held.has(number)) this.#hold(number, unseal(sealed))
  }

  #hold(number: number, key: webcrypto.CryptoKey): void {
    this.#held.set(number, key)
    const [oldest = 0] = this.#held.keys()
    if (this.#held.size > HELD_MAX) this.#held.delete(oldest)
  }
}

function seal(key: webcrypto.CryptoKey): string {
  const { type, extractable, usages } = key
  const algorithm = plainAlgorithm(key.algorithm) as unknown as webcrypto.KeyAlgorithm
  const plain: Plain = { key: exported(KeyObject.from(key)).toString('base64'), type, algorithm, extractable, usages }
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv(CIPHER, sealingKey, iv)
  const text = Buffer.concat([cipher.update(JSON.stringify(plain)), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64')
}

function unseal(sealed: string): webcrypto.CryptoKey {
  const bytes = Buffer.from(sealed, 'base64')
  const decipher = createDecipheriv(CIPHER, sealingKey, bytes.subarray(0, IV_BYTES))
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
  const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()])
  const { key, type, algorithm, extractable, usages } = JSON.parse(text.toString()) as Plain
  return imported(type, Buffer.from(key, 'base64')).toCryptoKey(algorithm, extractable, usages)
}

function exported(key: KeyObject): Buffer {
  if (key.type === 'secret') return key.export()
  return key.export({ format: 'der', type: key.type === 'public' ? 'spki' : 'pkcs8' })
}

function imported(type: webcrypto.KeyType, key: Buffer): KeyObject {
  if (type === 'secret') return createSecretKey(key)
  return type === 'public'
    ? createPublicKey({ key, format: 'der', type: 'spki' })
    : createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

function plainAlgorithm(algorithm: webcrypto.KeyAlgorithm): Record<string, unknown> {
  const entries = Object.entries(algorithm) as [string, unknown][]
  return Object.fromEntries(entries.map(([name, value]) => [name, value instanceof Uint8Array ? [...value] : value]))
}
