import { Buffer } from '../buffer.ts'

export type Data = string | ArrayBuffer | ArrayBufferView
export type Encoding = BufferEncoding | 'buffer'

export function bytesOf(data: Data, encoding: BufferEncoding = 'utf8'): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, encoding)
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  const error = new TypeError(
    'The "data" argument must be of type string or an instance of Buffer, TypedArray, or DataView',
  )
  throw Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' })
}

export function encoded(bytes: Uint8Array, encoding: Encoding | undefined): Buffer | string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return encoding === undefined || encoding === 'buffer' ? buffer : buffer.toString(encoding)
}
