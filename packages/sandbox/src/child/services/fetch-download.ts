import { pipeline, Readable, Transform, type Duplex } from 'node:stream'
import { constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib'
import { isUnpacked } from '../../guest/wall/fetch.ts'
import { ServiceError } from './service.ts'

/** As much as crosses the wall at once. */
const CHUNK_BYTES: number = 64 * 1024

/** Bodies that end too early are taken as far as they go, as browsers do. */
const ZLIB = { chunkSize: CHUNK_BYTES, flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH }
const BROTLI = {
  chunkSize: CHUNK_BYTES,
  flush: constants.BROTLI_OPERATION_FLUSH,
  finishFlush: constants.BROTLI_OPERATION_FLUSH,
}

/** What a response may be packed by more than once; browsers stop at fewer. */
const CODINGS_MAX = 5

/** The body of a response on its way into the isolate: what came and was not read yet, unpacked as it is read. */
export class Download {
  readonly #maxBytes: number
  readonly #onRead: (bytes: number) => void
  readonly #pieces: Uint8Array[] = []
  #end: { error?: ServiceError } | undefined
  #news = Promise.withResolvers<void>()
  #codings: string[] = []
  #source: AsyncIterator<Uint8Array> | undefined
  #bytes = 0

  /** `onRead`: so many bytes, as they came, make room for others. */
  constructor(maxBytes: number, onRead: (bytes: number) => void) {
    this.#maxBytes = maxBytes
    this.#onRead = onRead
  }

  put(piece: Uint8Array): void {
    this.#pieces.push(piece)
    this.#news.resolve()
  }

  finish(): void {
    this.#end ??= {}
    this.#news.resolve()
  }

  fail(error: ServiceError): void {
    this.#end ??= { error }
    this.#news.resolve()
  }

  /** By which codings it was packed, the last first. One that nobody knows leaves it as it is. True where it is read unpacked. */
  unpack(codings: string[]): boolean {
    if (codings.length > CODINGS_MAX) this.fail(new ServiceError('TypeError', `it is packed ${codings.length} times`))
    else if (codings.every(isUnpacked)) this.#codings = codings
    return this.#codings.length > 0
  }

  /** The next bytes, alone in their buffer; undefined at their end. */
  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    this.#source ??= await this.#open()
    let read: IteratorResult<Uint8Array>
    try {
      read = await this.#source.next()
    } catch (error) {
      throw error instanceof ServiceError
        ? error
        : new ServiceError('TypeError', 'fetch failed: the response cannot be unpacked')
    }
    if (read.done === true) return undefined
    this.#bytes += read.value.length
    if (this.#bytes > this.#maxBytes) throw tooLong(this.#maxBytes)
    // Not `slice`, which of a Buffer is no copy: these bytes are moved out of this process's hands.
    return new Uint8Array(read.value)
  }

  close(): void {
    this.fail(new ServiceError('TypeError', 'fetch failed: the request was given up'))
    void this.#source?.return?.().catch(() => undefined)
  }

  async #open(): Promise<AsyncIterator<Uint8Array>> {
    const pieces = this.#read()
    if (this.#codings.length === 0) return pieces
    // Of `deflate`, only the first byte tells which of two is meant.
    const first = await pieces.next()
    if (first.done === true) return pieces
    const packed = Readable.from(joined(first.value, pieces), { objectMode: false })
    const steps = this.#codings.flatMap((coding, at) => {
      const step = unpacker(coding, at === 0 ? first.value : undefined)
      return at === 0 ? [step] : [counted(this.#maxBytes), step]
    })
    const unpacked = steps.at(-1)
    // What breaks anywhere breaks whoever reads the last.
    pipeline([packed, ...steps], () => undefined)
    return unpacked === undefined ? pieces : (unpacked[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>)
  }

  async *#read(): AsyncGenerator<Uint8Array, undefined, undefined> {
    for (;;) {
      const piece = this.#pieces.shift()
      if (piece !== undefined) {
        this.#onRead(piece.length)
        yield piece
      } else if (this.#end !== undefined) {
        if (this.#end.error !== undefined) throw this.#end.error
        return undefined
      } else {
        this.#news = Promise.withResolvers()
        await this.#news.promise
      }
    }
  }
}

async function* joined(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first
  yield* rest
}

function unpacker(coding: string, first: Uint8Array | undefined): Duplex {
  if (coding === 'br') return createBrotliDecompress(BROTLI)
  if (coding !== 'deflate') return createGunzip(ZLIB)
  const wrapped = first === undefined || ((first[0] ?? 0) & 0x0f) === 0x08
  return wrapped ? createInflate(ZLIB) : createInflateRaw(ZLIB)
}

/** Passes on what one coding gives the next. Of that nothing may ever come out at the end, where all the rest is counted. */
function counted(maxBytes: number): Duplex {
  let bytes = 0
  return new Transform({
    transform(piece: Uint8Array, _, done) {
      bytes += piece.length
      if (bytes > maxBytes) done(tooLong(maxBytes))
      else done(null, piece)
    },
  })
}

function tooLong(maxBytes: number): ServiceError {
  return new ServiceError(
    'TypeError',
    `fetch failed: the response has more than ${maxBytes} bytes, which is the function's \`limits.bodyBytes\``,
  )
}
