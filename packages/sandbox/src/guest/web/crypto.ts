import { RANDOM_POOL_BYTES } from '../wall/limits.ts'
import { host } from '../host.ts'
import { typeOfView } from './brands.ts'
import { DOMException } from './dom-exception.ts'
import { QuotaExceededError } from './quota-exceeded-error.ts'
import { subtle, type SubtleCrypto } from './subtle.ts'

/** The most that one call may ask for, by the Web Cryptography API. */
const RANDOM_MAX_BYTES = 65_536

let pool = new Uint8Array(0)

export class Crypto {
  getRandomValues<View extends ArrayBufferView>(view: View): View {
    if (!/^(Big)?(Int|Uint)\d+(Clamped)?Array$/.test(typeOfView(view) ?? '')) {
      throw new DOMException('Not an array of integers', 'TypeMismatchError')
    }
    if (view.byteLength > RANDOM_MAX_BYTES) {
      throw new QuotaExceededError(`More than ${RANDOM_MAX_BYTES} bytes at once`)
    }
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
    for (let at = 0; at < bytes.length; at += RANDOM_POOL_BYTES) {
      bytes.set(take(Math.min(RANDOM_POOL_BYTES, bytes.length - at)), at)
    }
    return view
  }

  randomUUID(): string {
    const bytes = take(16)
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  }

  get subtle(): SubtleCrypto {
    return subtle
  }
}

export const crypto = new Crypto()

function take(count: number): Uint8Array {
  if (pool.length < count) pool = new Uint8Array(host.random())
  const taken = pool.slice(0, count)
  pool = pool.subarray(count)
  return taken
}
