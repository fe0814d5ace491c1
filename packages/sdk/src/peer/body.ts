import { HitherError, watched, WHOLE_BODY_MAX_BYTES, type Body } from '@hither/core'
import type { BodyGiven } from '../asked.ts'

/** A request's body as peers take it, with the content type that it implies. */
export interface EncodedBody {
  body?: Body
  type?: string
}

/**
 * What is in memory, or known to be short, goes whole, so that a call which may be repeated can be. The rest is a stream, read as
 * far as its runner asks.
 */
export function encodeBody(given: BodyGiven | Request | undefined): EncodedBody | Promise<EncodedBody> {
  if (given === undefined) return {}
  if (typeof given === 'string') return { body: utf8.encode(given), type: 'text/plain;charset=UTF-8' }
  if (given instanceof Request) return given.body === null ? {} : { body: bytesOf(given.body) }
  return encoded(new Response(given), given)
}

const utf8 = new TextEncoder()

/** As the web platform does it. */
async function encoded(response: Response, given: BodyGiven): Promise<EncodedBody> {
  const type = response.headers.get('content-type')
  const body = isShort(given) ? await response.bytes() : bytesOf(response.body)
  return { body, ...(type !== null && { type }) }
}

function isShort(given: BodyGiven): boolean {
  if (given instanceof URLSearchParams) return true
  if (given instanceof ArrayBuffer || ArrayBuffer.isView(given)) return true
  if (given instanceof Blob) return given.size <= WHOLE_BODY_MAX_BYTES
  if (!(given instanceof FormData)) return false
  const sizes = [...given.values()].map((value) => (typeof value === 'string' ? value.length : value.size))
  return sizes.reduce((sum, size) => sum + size, 0) <= WHOLE_BODY_MAX_BYTES
}

/** Whoever leaves it, even unread, cancels the app's stream. */
function bytesOf(stream: ReadableStream<Uint8Array> | null): Body {
  if (stream === null) return new Uint8Array(0)
  return watched(stream, {
    piece(piece: unknown) {
      if (piece instanceof Uint8Array) return
      throw new HitherError('usage', `the request's body is a stream of ${typeof piece}s`, {
        fix: 'pipe it through new TextEncoderStream()',
      })
    },
  })
}
