import { HitherError, isWhole, mayFail, toHitherError, type Body, type ByteStream } from '@hither/core'
import { CallResponse } from './call-response.ts'
import type { Answer, CallInfo } from './carrier.ts'

/** Statuses whose answers have no body (Fetch Standard: null body status). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304])

/** A web `Response` of an answer to this net. Throws `bad-answer` where it can be none. `leave` gives up the call. */
export function responseOf<Info extends CallInfo>(
  answer: Answer<Info>,
  net: object,
  leave: () => void,
): Response | Promise<Response> {
  const { status, body } = answer
  const made = (own: ConstructorParameters<typeof CallResponse>[2]): Response => {
    try {
      return new CallResponse(answer, net, own)
    } catch (cause) {
      leave()
      throw new HitherError('bad-answer', `the answer is none of HTTP: status ${status}`, { why: String(cause), cause })
    }
  }
  if (BODILESS.has(status)) return nothing(status, body).then(() => made(null))
  if (!isWhole(body)) return made(streamOf(body, leave))
  // Also where there are no streams of bytes, as in some browsers: a gateway's answer is only ever whole if it is empty.
  return made(body.length === 0 ? body : wholeStream(body))
}

/** Reads a body that has to be empty, so that its call comes to its end. */
async function nothing(status: number, body: Body): Promise<void> {
  for await (const piece of isWhole(body) ? [body] : body) {
    if (piece.length > 0) throw new HitherError('bad-answer', `an answer with the status ${status} came with a body`)
  }
}

/** As a stream that is made here: of bytes, `Response` makes one itself, with promises and copies that take as long as to make and read this. */
function wholeStream(body: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    // As fetch has it: whoever reads brings memory to read into.
    type: 'bytes',
    start(controller) {
      // A copy: whoever runs a call of its own may keep these very bytes to answer with again.
      controller.enqueue(body.slice())
      controller.close()
    },
  })
}

/** An app may hand on the memory of a piece, and may not hand on with it what else the network read at once. */
function owned(piece: Uint8Array): Uint8Array {
  return piece.byteLength === piece.buffer.byteLength ? piece : piece.slice()
}

/** Pieces as a web stream. Nothing is read ahead; what breaks them breaks the stream. */
function streamOf(body: ByteStream, leave: () => void): ReadableStream<Uint8Array> {
  const pieces = body[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const piece = await pieces.next()
          if (piece.done === true) controller.close()
          else controller.enqueue(owned(piece.value))
        } catch (error) {
          throw toHitherError(error)
        }
      },
      cancel() {
        // First the call itself: an iterator that waits for its next piece is not left before that comes.
        leave()
        void mayFail(Promise.resolve(pieces.return?.()))
      },
    },
    { highWaterMark: 0 },
  )
}
