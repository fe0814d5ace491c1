import { HitherError } from './errors.ts'
import { concat } from './frames.ts'

/** Bytes piece by piece. The next piece is made only when it is asked for; whoever leaves early ends the source too. */
export type ByteStream = AsyncIterable<Uint8Array>

/** The body of a request or an answer: whole where it is short, else as a stream, which can be read once. */
export type Body = Uint8Array | ByteStream

export function isWhole(body: Body): body is Uint8Array {
  return body instanceof Uint8Array
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

/** Any body as a stream; a whole one is one piece, or none where it is empty. */
export async function* piecesOf(body: Body): AsyncGenerator<Uint8Array, void, void> {
  if (!isWhole(body)) yield* body
  else if (body.length > 0) yield body
}

/** Every promise of this may be left alone: its failure is told elsewhere as well. */
export function mayFail<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}
