import { TextDecoder, TextEncoder } from '@exodus/bytes/encoding.js'
import { ReadableStream } from 'web-streams-polyfill'
import { stringOf } from '../primordials.ts'
import { isNonSharedBuffer } from './brands.ts'

/** How much a stream of a blob hands out at once. */
const CHUNK_BYTES = 64 * 1024

export interface BlobOptions {
  type?: string
  endings?: 'transparent' | 'native'
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Without a copy: for reading only. */
export let bytesOfBlob: (blob: Blob) => Uint8Array<ArrayBuffer>
export let isBlob: (value: unknown) => value is Blob

/** Bytes in memory; slices share them, since nothing can write to them. */
export class Blob {
  #bytes: Uint8Array<ArrayBuffer>
  #type: string

  constructor(parts: Iterable<unknown> = [], options: BlobOptions | null = {}) {
    if (typeof parts !== 'object' || parts === null || typeof parts[Symbol.iterator] !== 'function') {
      throw new TypeError("Failed to construct 'Blob': the parts are not a sequence")
    }
    this.#type = normalType(options?.type)
    this.#bytes = join([...parts].map((part) => bytesOf(part, options?.endings === 'native')))
  }

  get size(): number {
    return this.#bytes.length
  }

  get type(): string {
    return this.#type
  }

  slice(start: unknown = 0, end: unknown = this.size, type: unknown = ''): Blob {
    const slice = new Blob([], { type: stringOf(type) })
    slice.#bytes = this.#bytes.subarray(Number(start), Number(end))
    return slice
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#bytes.slice().buffer
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#bytes.slice()
  }

  async text(): Promise<string> {
    return decoder.decode(this.#bytes)
  }

  stream(): ReadableStream<Uint8Array> {
    const bytes = this.#bytes
    let at = 0
    return new ReadableStream({
      type: 'bytes',
      pull(controller) {
        if (at < bytes.length) {
          controller.enqueue(bytes.slice(at, at + CHUNK_BYTES))
          at += CHUNK_BYTES
        } else {
          controller.close()
          controller.byobRequest?.respond(0)
        }
      },
    })
  }

  get [Symbol.toStringTag](): string {
    return 'Blob'
  }

  static {
    bytesOfBlob = (blob) => blob.#bytes
    isBlob = (value): value is Blob => typeof value === 'object' && value !== null && #bytes in value
  }
}

export class File extends Blob {
  readonly #name: string
  readonly #lastModified: number

  constructor(parts: Iterable<unknown>, name: unknown, options: BlobOptions & { lastModified?: unknown } = {}) {
    if (arguments.length < 2) throw new TypeError("Failed to construct 'File': 2 arguments required")
    super(parts, options)
    this.#name = stringOf(name).toWellFormed()
    this.#lastModified = Math.trunc(Number(options.lastModified ?? Date.now())) || 0
  }

  get name(): string {
    return this.#name
  }

  get lastModified(): number {
    return this.#lastModified
  }

  get webkitRelativePath(): string {
    return ''
  }

  override get [Symbol.toStringTag](): string {
    return 'File'
  }
}

function bytesOf(part: unknown, nativeEndings: boolean): Uint8Array<ArrayBuffer> {
  if (isBlob(part)) return bytesOfBlob(part)
  if (isNonSharedBuffer(part)) return new Uint8Array(part)
  if (ArrayBuffer.isView(part)) return new Uint8Array(part.buffer as ArrayBuffer, part.byteOffset, part.byteLength)
  const text = stringOf(part)
  return encoder.encode(nativeEndings ? text.replace(/\r\n?/g, '\n') : text)
}

function join(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((bytes, part) => bytes + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function normalType(type: unknown): string {
  const text = type === undefined ? '' : stringOf(type)
  return /[^\x20-\x7e]/.test(text) ? '' : text.toLowerCase()
}
