import type { ReadableStreamDefaultReader } from 'web-streams-polyfill'

/** Gives an object that was made elsewhere the private fields of a class, which no other code can see. */
const Itself = function (object: object): object {
  return object
} as unknown as new (object: object) => object

/** A stream whose source is told when somebody is going to read all that is left of it. */
class Told extends Itself {
  readonly #tell: () => void

  constructor(stream: object, tell: () => void) {
    super(stream)
    this.#tell = tell
  }

  static tell(stream: object): void {
    if (#tell in stream) stream.#tell()
  }
}

/** The same stream. From when its bytes are read to their end by `text`, `arrayBuffer` and the like, its source is told so. */
export function whenAllIsRead<Stream extends object>(stream: Stream, tell: () => void): Stream {
  return new Told(stream, tell) as unknown as Stream
}

/** Whoever has this reader is going to read until the end. */
export function readsAll(reader: ReadableStreamDefaultReader<unknown>): void {
  const stream: unknown = Reflect.get(reader, '_ownerReadableStream')
  if (typeof stream === 'object' && stream !== null) Told.tell(stream)
}
