import type { ReadableStream } from 'web-streams-polyfill'

type Stream = ReadableStream<unknown>

/**
 * A body all of whose bytes are here. Its stream is made when somebody asks for it, as hardly anybody does: until then it is neither
 * locked nor disturbed. How long a text is in bytes is counted then, too.
 */
export class LazyBody {
  readonly source: unknown
  readonly #measure: () => number | null
  #make: (() => Stream) | undefined
  #stream: Stream | undefined

  constructor(make: () => Stream, source: unknown, measure: () => number | null) {
    this.source = source
    this.#measure = measure
    this.#make = make
  }

  get length(): number | null {
    return this.#measure()
  }

  get stream(): Stream | undefined {
    const make = this.#make
    this.#make = undefined
    if (make !== undefined) this.#stream = make()
    return this.#stream
  }

  /** Clones share the bytes, not the stream. */
  set stream(stream: Stream | undefined) {
    this.#make = undefined
    this.#stream = stream
  }

  /** Has nobody asked for the stream of this body, which may be any? */
  static isUntouched(body: object): boolean {
    return #make in body && body.#make !== undefined
  }
}
