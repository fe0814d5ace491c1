import type { ReadableStream, WritableStream } from 'web-streams-polyfill'
import { stringOf } from '../primordials.ts'
import { COMPRESSION_FORMATS, type CompressionFormat } from '../wall/compression.ts'
import { coding, type Coded } from './coding.ts'

export class CompressionStream {
  readonly #coded: Coded

  constructor(format: unknown) {
    this.#coded = coding(formatOf('CompressionStream', format), false)
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#coded.readable
  }

  get writable(): WritableStream<unknown> {
    return this.#coded.writable
  }

  get [Symbol.toStringTag](): string {
    return 'CompressionStream'
  }
}

export class DecompressionStream {
  readonly #coded: Coded

  constructor(format: unknown) {
    this.#coded = coding(formatOf('DecompressionStream', format), true)
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#coded.readable
  }

  get writable(): WritableStream<unknown> {
    return this.#coded.writable
  }

  get [Symbol.toStringTag](): string {
    return 'DecompressionStream'
  }
}

for (const { prototype } of [CompressionStream, DecompressionStream]) {
  for (const name of ['readable', 'writable']) Object.defineProperty(prototype, name, { enumerable: true })
}

function formatOf(name: string, format: unknown): CompressionFormat {
  const wanted = stringOf(format)
  const known = COMPRESSION_FORMATS.find((one) => one === wanted)
  if (known === undefined) throw new TypeError(`Failed to construct '${name}': there is no format ${wanted}`)
  return known
}
