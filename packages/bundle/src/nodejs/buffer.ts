import type { Buffer as NodeBuffer } from 'node:buffer'
import * as base from 'unenv/node/internal/buffer/buffer'

export const { atob, btoa } = globalThis
export const { Blob, File } = globalThis
export const { INSPECT_MAX_BYTES, kMaxLength, SlowBuffer } = base as unknown as typeof import('node:buffer')
export const Buffer = base.Buffer as unknown as typeof NodeBuffer
export type Buffer = NodeBuffer

/** The library has no base64url, whose text it reads as base64, and reads on where text in hex has ended. */
const older = (encoding: unknown): unknown => (isBase64Url(encoding) ? 'base64' : encoding)
const { isEncoding } = Buffer
const { toString } = Buffer.prototype

for (const [home, names] of [
  [Buffer, ['from', 'byteLength', 'alloc']],
  [Buffer.prototype, ['write', 'fill', 'indexOf', 'lastIndexOf', 'includes']],
] as const) {
  for (const name of names) {
    const own = Reflect.get(home, name) as (...args: unknown[]) => unknown
    const value = function (this: unknown, first: unknown, ...rest: unknown[]): unknown {
      const hex = typeof first === 'string' && rest.includes('hex')
      const text = hex ? /^(?:[\da-f]{2})*/i.exec(first)?.[0] : first
      return Reflect.apply(own, this, [text, ...rest.map(older)])
    }
    Object.defineProperty(home, name, { value })
  }
}
Buffer.isEncoding = (name): name is BufferEncoding => isBase64Url(name) || isEncoding(name)
Buffer.prototype.equals = function (other: Uint8Array) {
  return Buffer.compare(this, other) === 0
}
Buffer.prototype.toString = function (encoding?: BufferEncoding, start?: number, end?: number) {
  const text = Reflect.apply(toString, this, [older(encoding), start, end]) as string
  return isBase64Url(encoding) ? text.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_') : text
}

function isBase64Url(encoding: unknown): boolean {
  return typeof encoding === 'string' && encoding.toLowerCase() === 'base64url'
}
export const kStringMaxLength: number = 2 ** 29 - 24
export const constants = { MAX_LENGTH: kMaxLength, MAX_STRING_LENGTH: kStringMaxLength }

export function isUtf8(bytes: ArrayBuffer | NodeJS.TypedArray): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    // The decoder says so by throwing.
    return false
  }
}

export function isAscii(bytes: ArrayBuffer | Uint8Array): boolean {
  return new Uint8Array(bytes).every((byte) => byte < 0x80)
}

export default {
  atob,
  Blob,
  btoa,
  Buffer,
  constants,
  File,
  INSPECT_MAX_BYTES,
  isAscii,
  isUtf8,
  kMaxLength,
  kStringMaxLength,
  SlowBuffer,
}
