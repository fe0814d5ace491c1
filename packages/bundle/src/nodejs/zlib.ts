import { Buffer } from './buffer.ts'
import { bytesOf, type Data } from './crypto/bytes.ts'
import { nextTick } from './process.ts'
import { Engine, Z_FINISH, type Kind, type Options } from './zlib/engine.ts'
import { ZlibStream } from './zlib/streams.ts'

type Done = (error: unknown, bytes?: Buffer) => void

export const constants = {
  Z_NO_FLUSH: 0,
  Z_PARTIAL_FLUSH: 1,
  Z_SYNC_FLUSH: 2,
  Z_FULL_FLUSH: 3,
  Z_FINISH: 4,
  Z_BLOCK: 5,
  Z_OK: 0,
  Z_STREAM_END: 1,
  Z_NEED_DICT: 2,
  Z_ERRNO: -1,
  Z_STREAM_ERROR: -2,
  Z_DATA_ERROR: -3,
  Z_MEM_ERROR: -4,
  Z_BUF_ERROR: -5,
  Z_NO_COMPRESSION: 0,
  Z_BEST_SPEED: 1,
  Z_BEST_COMPRESSION: 9,
  Z_DEFAULT_COMPRESSION: -1,
  Z_FILTERED: 1,
  Z_HUFFMAN_ONLY: 2,
  Z_RLE: 3,
  Z_FIXED: 4,
  Z_DEFAULT_STRATEGY: 0,
  Z_DEFAULT_WINDOWBITS: 15,
  Z_DEFAULT_MEMLEVEL: 8,
  Z_DEFAULT_CHUNK: 16_384,
}

export const deflateSync = sync('deflate')
export const deflateRawSync = sync('deflateRaw')
export const gzipSync = sync('gzip')
export const inflateSync = sync('inflate')
export const inflateRawSync = sync('inflateRaw')
export const gunzipSync = sync('gunzip')
export const unzipSync = sync('unzip')

/** With a callback: computed all the same, for there is no other thread to do it. */
export const deflate = called(deflateSync)
export const deflateRaw = called(deflateRawSync)
export const gzip = called(gzipSync)
export const inflate = called(inflateSync)
export const inflateRaw = called(inflateRawSync)
export const gunzip = called(gunzipSync)
export const unzip = called(unzipSync)

export const createDeflate = stream('deflate')
export const createDeflateRaw = stream('deflateRaw')
export const createGzip = stream('gzip')
export const createInflate = stream('inflate')
export const createInflateRaw = stream('inflateRaw')
export const createGunzip = stream('gunzip')
export const createUnzip = stream('unzip')

/** Goes on from a sum that was taken before. */
export function crc32(data: Data, before = 0): number {
  let sum = ~before
  for (const byte of bytesOf(data)) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xed_b8_83_20 : 0)
  }
  return ~sum >>> 0
}

export const brotliCompressSync = without('brotliCompressSync')
export const brotliDecompressSync = without('brotliDecompressSync')
export const brotliCompress = without('brotliCompress')
export const brotliDecompress = without('brotliDecompress')
export const createBrotliCompress = without('createBrotliCompress')
export const createBrotliDecompress = without('createBrotliDecompress')

export default {
  brotliCompress,
  brotliCompressSync,
  brotliDecompress,
  brotliDecompressSync,
  constants,
  crc32,
  createBrotliCompress,
  createBrotliDecompress,
  createDeflate,
  createDeflateRaw,
  createGunzip,
  createGzip,
  createInflate,
  createInflateRaw,
  createUnzip,
  deflate,
  deflateRaw,
  deflateRawSync,
  deflateSync,
  gunzip,
  gunzipSync,
  gzip,
  gzipSync,
  inflate,
  inflateRaw,
  inflateRawSync,
  inflateSync,
  unzip,
  unzipSync,
  ...constants,
}

function sync(kind: Kind): (data: Data, options?: Options) => Buffer {
  return (data, options = {}) => {
    const pieces: Buffer[] = []
    let length = 0
    const take = (bytes: Buffer): void => {
      length += bytes.length
      if (length > (options.maxOutputLength ?? Infinity)) {
        const error = new RangeError(`Cannot create a Buffer larger than ${options.maxOutputLength} bytes`)
        throw Object.assign(error, { code: 'ERR_BUFFER_TOO_LARGE' })
      }
      pieces.push(bytes)
    }
    new Engine(kind, take, options).push(bytesOf(data), options.finishFlush ?? Z_FINISH)
    return Buffer.concat(pieces)
  }
}

function called(run: (data: Data, options?: Options) => Buffer): (data: Data, ...rest: [...Options[], Done]) => void {
  return (data, ...rest) => {
    const done = rest.pop() as Done
    let outcome: [unknown, Buffer?]
    try {
      outcome = [null, run(data, rest[0] as Options)]
    } catch (thrown) {
      outcome = [thrown]
    }
    nextTick(() => done(...outcome))
  }
}

function stream(kind: Kind): (options?: Options) => ZlibStream {
  return (options) => new ZlibStream(kind, options)
}

function without(name: string): () => never {
  return () => {
    const error = new Error(`zlib.${name} is not there in a function: it has no brotli; use gzip`)
    throw Object.assign(error, { code: 'ERR_METHOD_NOT_IMPLEMENTED' })
  }
}
