import type { CryptoValue, KeyInfo, ViewName } from '../wall/crypto.ts'
import { CRYPTO_LIST_MAX, CRYPTO_MAX_DEPTH } from '../wall/limits.ts'
import { isView } from '../primordials.ts'
import { isNonSharedBuffer, typeOfView } from './brands.ts'
import { infoOfKey, isKey } from './crypto-key.ts'

/** All members that dictionaries of the Web Cryptography API have: of algorithms, and of JSON Web Keys. */
const MEMBERS: readonly string[] = `
  name hash length namedCurve modulusLength publicExponent public iv counter tagLength additionalData
  label saltLength salt info iterations context nonce associatedData secretValue memory passes
  parallelism version outputLength customization functionName kty use key_ops alg ext crv x y d n e p
  q dp dq qi oth k r t pub priv
`
  .trim()
  .split(/\s+/)

/** What arguments refer to: copies of their bytes, and the keys. */
export interface Referred {
  buffers: ArrayBuffer[]
  keys: KeyInfo[]
}

export function isBytes(value: unknown): value is ArrayBuffer | ArrayBufferView {
  return isNonSharedBuffer(value) || isView(value)
}

/** An argument as it crosses. Its bytes are copied at once. What can be no argument is for the process to refuse. */
export function encodeValue(value: unknown, into: Referred, depth: number = 0): CryptoValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : ['number', String(value)]
    case 'undefined':
      return ['undefined']
    case 'symbol':
      return ['other', 'symbol']
    case 'bigint':
      return ['other', 'bigint']
    default:
      return value === null ? null : encodeObject(value as object, into, depth)
  }
}

function encodeObject(value: object, into: Referred, depth: number): CryptoValue {
  if (isKey(value)) {
    const info = infoOfKey(value)
    into.keys.push(info)
    return ['key', info.number]
  }
  if (isNonSharedBuffer(value)) return ['bytes', into.buffers.push(sliceOf(value, 0, value.byteLength)) - 1]
  if (isView(value)) return ['bytes', into.buffers.push(copyOf(value)) - 1, nameOf(value)]
  if (depth > CRYPTO_MAX_DEPTH) return ['other', 'object']
  if (typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function') {
    return ['list', encodeList(value as Iterable<unknown>, into, depth)]
  }
  return ['record', encodeRecord(value as Record<string, unknown>, into, depth)]
}

function encodeList(list: Iterable<unknown>, into: Referred, depth: number): CryptoValue[] {
  const items: CryptoValue[] = []
  for (const item of list) {
    if (items.length === CRYPTO_LIST_MAX) throw new TypeError(`a list of more than ${CRYPTO_LIST_MAX}`)
    items.push(encodeValue(item, into, depth + 1))
  }
  return items
}

function encodeRecord(record: Record<string, unknown>, into: Referred, depth: number): Record<string, CryptoValue> {
  const members: Record<string, CryptoValue> = {}
  for (const name of MEMBERS) {
    const value = record[name]
    if (value !== undefined) members[name] = encodeValue(value, into, depth + 1)
  }
  return members
}

function copyOf({ buffer, byteOffset, byteLength }: ArrayBufferView): ArrayBuffer {
  return sliceOf(buffer as ArrayBuffer, byteOffset, byteLength)
}

/** Of a buffer whose bytes were moved away meanwhile, as by a getter of another argument, nothing is left. */
function sliceOf(buffer: ArrayBuffer, offset: number, length: number): ArrayBuffer {
  return buffer.detached ? new ArrayBuffer(0) : buffer.slice(offset, offset + length)
}

function nameOf(view: ArrayBufferView): ViewName {
  return (typeOfView(view) ?? 'DataView') as ViewName
}
