import {
  constants,
  createBrotliCompress,
  createBrotliDecompress,
  createDeflate,
  createDeflateRaw,
  createGunzip,
  createGzip,
  createInflate,
  createInflateRaw,
} from 'node:zlib'
import { COMPRESSION_PIECE_BYTES, type CompressionFormat } from '../../../guest/wall/compression.ts'
import { ServiceError } from '../service.ts'

/**
 * What a stream of Node's zlib stands on. Its own interface works in a pool of threads, where nobody could tell whose
 * processor time it takes; this works at once, and fills a buffer and no more.
 */
interface ZlibStream {
  _handle: Handle | null
  /** What `writeSync` leaves of the output's room and of the input. */
  _writeState: Uint32Array
}

interface Handle {
  writeSync(
    flush: number,
    input: Uint8Array,
    at: number,
    length: number,
    output: Uint8Array,
    from: number,
    room: number,
  ): void
  close(): void
}

/** Nobody waits for the best that brotli can do, which takes a hundred times as long and sixteen times the memory. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 18 } }

const MAKERS: Record<CompressionFormat, Record<'deflate' | 'inflate', () => unknown>> = {
  gzip: { deflate: createGzip, inflate: createGunzip },
  deflate: { deflate: createDeflate, inflate: createInflate },
  'deflate-raw': { deflate: createDeflateRaw, inflate: createInflateRaw },
  brotli: { deflate: () => createBrotliCompress(BROTLI), inflate: createBrotliDecompress },
}

const NOTHING: Uint8Array = new Uint8Array(0)

/** One stream on its way through zlib: what goes in is worked off a piece of output at a time. */
export class Codec {
  readonly #handle: Handle
  readonly #left: Uint32Array
  readonly #finish: number
  #input = NOTHING
  #at = 0
  #flush = 0
  #broken: string | undefined

  constructor(format: CompressionFormat, inflate: boolean) {
    const stream = MAKERS[format][inflate ? 'inflate' : 'deflate']() as ZlibStream
    const { _handle: handle, _writeState: left } = stream
    if (handle === null) throw new Error('a zlib stream without a handle')
    this.#handle = Object.assign(handle, { onerror: (message: string) => void (this.#broken = message) })
    this.#left = left
    this.#finish = format === 'brotli' ? constants.BROTLI_OPERATION_FINISH : constants.Z_FINISH
  }

  write(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    this.#input = bytes
    this.#at = 0
    return this.more()
  }

  end(): Uint8Array<ArrayBuffer> {
    this.#flush = this.#finish
    return this.write(NOTHING)
  }

  /** The next piece of what went in last. One that is not full is the last. */
  more(): Uint8Array<ArrayBuffer> {
    const output = new Uint8Array(COMPRESSION_PIECE_BYTES)
    const length = this.#input.length - this.#at
    this.#handle.writeSync(this.#flush, this.#input, this.#at, length, output, 0, output.length)
    if (this.#broken !== undefined) throw new ServiceError('TypeError', this.#broken)
    const [room = 0, rest = 0] = this.#left
    this.#at = this.#input.length - rest
    // What there was before the end is handed over first.
    if (room === output.length && rest > 0) {
      throw new ServiceError('TypeError', 'there is more after the end of the compressed data')
    }
    return room > 0 ? output.slice(0, output.length - room) : output
  }

  close(): void {
    this.#handle.close()
  }
}
