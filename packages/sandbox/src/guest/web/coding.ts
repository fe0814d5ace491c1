import {
  ReadableStream,
  type ReadableStreamDefaultController,
  WritableStream,
  type WritableStreamDefaultController,
} from 'web-streams-polyfill'
import { ask } from '../ask.ts'
import { BasePromise, isView, nothing, toJson } from '../primordials.ts'
import { COMPRESSION_PIECE_BYTES, type CompressionAsk, type CompressionFormat } from '../wall/compression.ts'
import { isNonSharedBuffer } from './brands.ts'

/** What goes into the one comes out of the other, compressed or otherwise. */
export interface Coded {
  readable: ReadableStream<Uint8Array>
  writable: WritableStream<unknown>
}

let lastStream = 0

export function coding(format: CompressionFormat, inflate: boolean): Coded {
  const made = new Coding({ stream: ++lastStream, format, inflate })
  return { readable: made.readable, writable: made.writable }
}

/** A chunk that was written, or the end, and who waits until it has been read. */
interface Job {
  /** Undefined at the end. */
  bytes: Uint8Array<ArrayBuffer> | undefined
  at: number
  /** A step has filled its piece, and there may be more of it. */
  more: boolean
  done(): void
  fail(reason: unknown): void
}

/** Nothing is done before somebody reads, and no more than one piece for each read: what is never read is never made. */
class Coding {
  readonly readable: ReadableStream<Uint8Array>
  readonly writable: WritableStream<unknown>
  readonly #which: Omit<CompressionAsk, 'step'>
  #job: Job | undefined
  #wake: () => void = nothing
  #out!: ReadableStreamDefaultController<Uint8Array>
  #in!: WritableStreamDefaultController

  constructor(which: Omit<CompressionAsk, 'step'>) {
    this.#which = which
    this.readable = new ReadableStream(
      {
        start: (controller) => void (this.#out = controller),
        pull: () => this.#pull(),
        cancel: (reason) => this.#drop(reason, () => this.#in.error(reason)),
      },
      { highWaterMark: 0 },
    )
    this.writable = new WritableStream({
      start: (controller) => void (this.#in = controller),
      write: (chunk) => this.#put(this.#bytesOf(chunk)),
      close: () => this.#put(undefined),
      abort: (reason) => this.#drop(reason, () => this.#out.error(reason)),
    })
  }

  #put(bytes: Job['bytes']): Promise<void> {
    return new BasePromise((done, fail) => {
      this.#job = { bytes, at: 0, more: false, done, fail }
      this.#wake()
    })
  }

  async #pull(): Promise<void> {
    for (;;) {
      if (this.#job === undefined) await new BasePromise<void>((wake) => (this.#wake = wake))
      const job = this.#job
      if (job === undefined) return
      let piece: Uint8Array<ArrayBuffer>
      try {
        piece = await this.#step(job)
      } catch (error) {
        this.#fail(job, error)
        throw error
      }
      // It was cancelled meanwhile.
      if (this.#job !== job) return
      if (piece.length > 0) this.#out.enqueue(piece)
      if (piece.length > 0 && this.#which.inflate) await this.#checkRest(job)
      this.#finish(job)
      if (piece.length > 0 || (this.#job === undefined && job.bytes === undefined)) return
    }
  }

  /** What is left of a chunk when its last piece is out lies after the end of the compressed data, and is an error by itself. */
  async #checkRest(job: Job): Promise<void> {
    if (job.bytes === undefined || job.more) return
    try {
      await this.#ask('more', [])
    } catch (error) {
      this.#fail(job, error)
      throw error
    }
  }

  #fail(job: Job, error: unknown): void {
    this.#job = undefined
    job.fail(error)
    this.#in.error(error)
  }

  /** Has a chunk been worked off, whoever wrote it may write the next. */
  #finish(job: Job): void {
    if (job.more || job.at < (job.bytes?.length ?? 0)) return
    this.#job = undefined
    if (job.bytes === undefined) this.#out.close()
    job.done()
  }

  async #step(job: Job): Promise<Uint8Array<ArrayBuffer>> {
    const input: ArrayBuffer[] = []
    let step: CompressionAsk['step'] = job.bytes === undefined ? 'end' : 'write'
    if (job.more) step = 'more'
    else if (job.bytes !== undefined) {
      input.push(job.bytes.slice(job.at, job.at + COMPRESSION_PIECE_BYTES).buffer)
      job.at += COMPRESSION_PIECE_BYTES
    }
    const piece = new Uint8Array((await this.#ask(step, input)) as ArrayBuffer)
    job.more = piece.length === COMPRESSION_PIECE_BYTES
    return piece
  }

  #bytesOf(chunk: unknown): Uint8Array<ArrayBuffer> {
    if (isNonSharedBuffer(chunk)) return new Uint8Array(chunk)
    if (isView(chunk)) return new Uint8Array(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.byteLength)
    const error = new TypeError('a chunk to be compressed or decompressed holds no bytes')
    this.#drop(error, () => this.#out.error(error))
    throw error
  }

  /** One of its ends wants no more, and the other is told. */
  #drop(reason: unknown, tell: () => void): void {
    const job = this.#job
    this.#job = undefined
    job?.fail(reason)
    tell()
    this.#wake()
    this.#ask('drop', []).catch(nothing)
  }

  #ask(step: CompressionAsk['step'], buffers: ArrayBuffer[]): Promise<string | ArrayBuffer> {
    return ask('compression', toJson({ ...this.#which, step } satisfies CompressionAsk), ...buffers)
  }
}
