import type { ReadableStreamDefaultReader } from 'web-streams-polyfill'
import { giveBack } from '../primordials.ts'

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

  static tell(stream: object): boolean {
    if (!(#tell in stream)) return false
    stream.#tell()
    return true
  }
}

/** The same stream. From when its bytes are read to their end by `text`, `arrayBuffer` and the like, its source is told so. */
export function whenAllIsRead<Stream extends object>(stream: Stream, tell: () => void): Stream {
  return new Told(stream, tell) as unknown as Stream
}

/** Whoever has this reader is going to read until the end. True where the source is told, and what is read is nobody else's. */
export function readsAll(reader: ReadableStreamDefaultReader<unknown>): boolean {
  const stream: unknown = Reflect.get(reader, '_ownerReadableStream')
  return typeof stream === 'object' && stream !== null && Told.tell(stream)
}

/** What was read so is somewhere else by now. */
export function giveBackAll(pieces: Uint8Array<ArrayBuffer>[]): void {
  for (const { buffer } of pieces) giveBack(buffer)
}
