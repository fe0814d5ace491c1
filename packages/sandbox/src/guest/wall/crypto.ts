/**
 * The words of the service `crypto`: a method of SubtleCrypto and its arguments go in, what it resolves with comes out. As
 * JSON, in which whatever is no JSON is a list that begins with what it is.
 */

/** What is asked. */
export interface CryptoAsk {
  method: CryptoMethod
  args: CryptoValue[]
  /** After `gone`: the sealed text of each key in the arguments, by its number. */
  seals?: [number: number, sealed: string][]
}

export type CryptoValue = string | number | boolean | null | CryptoTagged

export const VIEWS = [
  'DataView',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'BigInt64Array',
  'BigUint64Array',
  'Float16Array',
  'Float32Array',
  'Float64Array',
] as const

export type ViewName = (typeof VIEWS)[number]

type CryptoTagged =
  | ['undefined']
  | ['number', string] // that JSON does not have
  | ['bytes', number, ViewName?] // the buffer at this place, or a view of it
  | ['key', number]
  | ['list', CryptoValue[]]
  | ['record', Record<string, CryptoValue>]
  | ['other', 'symbol' | 'bigint' | 'object']

/** What comes out, where it is not bytes. `gone`: a key was forgotten, and all are wanted with their sealed texts. */
export type CryptoResult = ['value', unknown] | ['key', KeyInfo] | ['pair', KeyInfo, KeyInfo] | ['gone']

/** What the isolate knows of a key. `sealed` is the key itself, which only the process can open. */
export interface KeyInfo {
  number: number
  type: string
  extractable: boolean
  /** Its `publicExponent` is a list of bytes. */
  algorithm: Record<string, unknown>
  usages: string[]
  sealed: string
}

/** The methods and how many arguments each takes at least. */
export const CRYPTO_METHODS = {
  encrypt: 3,
  decrypt: 3,
  sign: 3,
  verify: 4,
  digest: 2,
  generateKey: 3,
  deriveKey: 5,
  deriveBits: 2,
  importKey: 5,
  exportKey: 2,
  wrapKey: 4,
  unwrapKey: 7,
} as const

export type CryptoMethod = keyof typeof CRYPTO_METHODS
