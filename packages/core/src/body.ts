import { HitherError } from './errors.ts'
import { concat } from './frames.ts'

/**
 * Bytes piece by piece. The next piece is made only when it is asked for, and a piece is its reader's for good; whoever leaves early ends
 * the source too.
 */
export type ByteStream = AsyncIterable<Uint8Array>

/** The body of a request or an answer: whole where it is short, else as a stream, which can be read once. */
export type Body = Uint8Array | ByteStream

export function isWhole(body: Body): body is Uint8Array {
  return body instanceof Uint8Array
}

/** Of what has a body, whole or streamed: is it streamed? */
export function isStreamed<T extends { body: Body }>(one: T): one is Extract<T, { body: ByteStream }> {
  return !isWhole(one.body)
}

/** Less is not worth it: V8 gives away new objects of so few bytes in a moment. */
const GIVEN_BACK_MIN_BYTES: number = 16 * 1024

/**
 * Gives the memory of bytes back at once, and makes them empty: for whoever has them alone and needs them no more. V8 does not see the
 * bytes that pass by while it makes few objects, and then counts them against all that it holds: of each few MB it looks through the whole
 * heap, which takes many times as long as to read and to send them. Nothing happens where something else may lie in the same memory.
 */
export function giveBack({ length, buffer }: Uint8Array): void {
  if (length >= GIVEN_BACK_MIN_BYTES && length === buffer.byteLength && buffer instanceof ArrayBuffer)
    buffer.transfer(0)
}

/** All of a body in memory. Throws `too-large` beyond `maxBytes`, and whatever the stream throws. */
export async function readWhole(body: Body, maxBytes: number = Infinity): Promise<Uint8Array> {
  if (isWhole(body) && body.length <= maxBytes) return body
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of piecesOf(body)) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new HitherError('too-large', `the body has more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : concat(chunks, bytes)
}

/** Any body as a stream; a whole one is one piece, or none where it is empty. To leave it, even unread, is to leave the body. */
export function piecesOf(body: Body): AsyncIterableIterator<Uint8Array, void> {
  return isWhole(body) ? pieceOf(body) : passedOn(body[Symbol.asyncIterator]())
}

async function* pieceOf(body: Uint8Array): AsyncGenerator<Uint8Array, void> {
  if (body.length > 0) yield body
}

/** No generator: one that has not begun would end without a word to its source. */
function passedOn(source: AsyncIterator<Uint8Array>): AsyncIterableIterator<Uint8Array, void> {
  return {
    next: () => source.next(),
    async return() {
      await source.return?.()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** What happens to a stream on its way to its reader. Exactly one of the last three is told, and at most once. */
export interface StreamWatch {
  piece?(bytes: Uint8Array): void
  /** It came to its end in peace. What this throws, the reader is thrown in place of the end. */
  end?(): void | Promise<void>
  /** It broke, or `end` threw. What this gives, the reader is thrown. */
  broke?(error: unknown): unknown
  /** Its reader left before the end, maybe before the first piece. */
  left?(): void
}

/** The same stream, watched. */
export function watched(stream: ByteStream, watch: StreamWatch): ByteStream {
  const source = stream[Symbol.asyncIterator]()
  let over = false
  const breakOff = (error: unknown): unknown => {
    over = true
    return watch.broke === undefined ? error : watch.broke(error)
  }
  const iterator: AsyncIterator<Uint8Array, void> = {
    async next() {
      if (over) return { done: true, value: undefined }
      let mayGoOn = false
      try {
        const { done, value } = await source.next()
        mayGoOn = done !== true
        if (done !== true) {
          watch.piece?.(value)
          return { done: false, value }
        }
        over = true
        await watch.end?.()
        return { done: true, value: undefined }
      } catch (thrown) {
        // A piece that the watch refused: the source knows nothing of it.
        if (mayGoOn) void mayFail(Promise.resolve(source.return?.()))
        throw breakOff(thrown)
      }
    },
    async return() {
      if (!over) {
        over = true
        watch.left?.()
        await source.return?.()
      }
      return { done: true, value: undefined }
    },
  }
  return { [Symbol.asyncIterator]: () => iterator }
}

/** Ends a body that nobody is going to read. */
export async function leave(body: Body): Promise<void> {
  if (!isWhole(body)) await body[Symbol.asyncIterator]().return?.()
}

/** The same promise, which may be left alone: its failure is told elsewhere as well. */
export function mayFail<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}
