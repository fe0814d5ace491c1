import { TextDecoder, TextEncoder } from '@exodus/bytes/encoding.js'
import { ReadableStream } from 'web-streams-polyfill'
import { stringOf } from '../primordials.ts'
import { isNonSharedBuffer } from './brands.ts'

/** How much a stream of a blob hands out at once. */
const CHUNK_BYTES = 64 * 1024

export interface BlobOptions {
  type?: unknown
  endings?: unknown
}

type Bytes = Uint8Array<ArrayBuffer>

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Without a copy: for reading only. */
export let bytesOfBlob: (blob: Blob) => Bytes
export let isBlob: (value: unknown) => value is Blob

/** Bytes in memory; slices share them, since nothing can write to them. */
export class Blob {
  #bytes: Bytes
  #type: string

  constructor(parts: Iterable<unknown> = [], options?: BlobOptions | null) {
    const given = partsOf(parts)
    const { native, type } = readOptions(options)
    this.#type = type
    this.#bytes = join(given.map((part) => (typeof part === 'string' ? encode(part, native) : part)))
  }

  get size(): number {
    return this.#bytes.length
  }

  get type(): string {
    return this.#type
  }

  slice(start: unknown = 0, end: unknown = this.size, type: unknown = ''): Blob {
    const from = clamp(start)
    const to = clamp(end)
    const slice = new Blob([], { type })
    slice.#bytes = this.#bytes.subarray(from, to)
    return slice
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#bytes.slice().buffer
  }

  async bytes(): Promise<Bytes> {
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

  static {
    bytesOfBlob = (blob) => blob.#bytes
    isBlob = (value): value is Blob => typeof value === 'object' && value !== null && #bytes in value
  }
}

export class File extends Blob {
  readonly #name: string
  readonly #lastModified: number

  constructor(parts: Iterable<unknown>, name: unknown, options?: (BlobOptions & { lastModified?: unknown }) | null) {
    if (arguments.length < 2) throw new TypeError("Failed to construct 'File': 2 arguments required")
    super(parts, options)
    this.#name = stringOf(name).toWellFormed()
    const lastModified = options?.lastModified
    this.#lastModified = lastModified === undefined ? Date.now() : Math.trunc(Number(lastModified)) || 0
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
}

/** Each as its bytes or its text, which is not encoded before the options are known. Taken one by one: they may change meanwhile. */
function partsOf(parts: unknown): (Bytes | string)[] {
  const iterate = isObject(parts) ? (parts as Partial<Iterable<unknown>>)[Symbol.iterator] : undefined
  if (typeof iterate !== 'function') throw new TypeError("Failed to construct 'Blob': the parts are not a sequence")
  const given: (Bytes | string)[] = []
  for (const part of { [Symbol.iterator]: () => iterate.call(parts) }) given.push(bytesOf(part) ?? stringOf(part))
  return given
}

/** Members in the order of their names, as Web IDL reads them. */
function readOptions(options: BlobOptions | null | undefined): { native: boolean; type: string } {
  if (options !== undefined && options !== null && !isObject(options)) {
    throw new TypeError("Failed to construct 'Blob': the options are not an object")
  }
  const endings = options?.endings
  const how = endings === undefined ? 'transparent' : stringOf(endings)
  if (how !== 'transparent' && how !== 'native') {
    throw new TypeError("Failed to construct 'Blob': endings are 'transparent' or 'native'")
  }
  return { native: how === 'native', type: normalType(options?.type) }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

function bytesOf(part: unknown): Bytes | undefined {
  if (isBlob(part)) return bytesOfBlob(part)
  if (isNonSharedBuffer(part)) return new Uint8Array(part)
  if (ArrayBuffer.isView(part)) return new Uint8Array(part.buffer as ArrayBuffer, part.byteOffset, part.byteLength)
  return undefined
}

function encode(text: string, native: boolean): Bytes {
  return encoder.encode(native ? text.replace(/\r\n?/g, '\n') : text)
}

function join(parts: Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((bytes, part) => bytes + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** A `[Clamp] long long` of Web IDL: to the nearest whole number. */
function clamp(value: unknown): number {
  const number = Number(value)
  const whole = Math.floor(number)
  const rest = number - whole
  if (Number.isNaN(number)) return 0
  if (!Number.isFinite(number) || rest === 0) return number
  return rest > 0.5 || (rest === 0.5 && whole % 2 !== 0) ? whole + 1 : whole
}

function normalType(type: unknown): string {
  const text = type === undefined ? '' : stringOf(type)
  return /[^\x20-\x7e]/.test(text) ? '' : text.toLowerCase()
}
