import { mayFail, type Body } from '@hither/core'
import { AHEAD_BYTES } from '../limits.ts'
import { broken } from './failure.ts'

/** The body of an answer over HTTP, and its end: of a short one when it is here, whether or not anybody reads it. The signal is its call's. */
export function bodyOf({ body: stream }: Response, signal: AbortSignal): { body: Body; ended: Promise<void> } {
  if (stream === null) return { body: new Uint8Array(0), ended: Promise.resolve() }
  const end = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => end.reject(signal.reason), { once: true })

  const ahead = new ByteLengthQueuingStrategy({ highWaterMark: AHEAD_BYTES })
  const reader = stream
    .pipeThrough(new TransformStream<Uint8Array, Uint8Array>({ flush: () => end.resolve() }, undefined, ahead))
    .getReader()
  // Also where nobody reads: what broke the answer has ended its call.
  reader.closed.catch((thrown) => end.reject(broken(thrown, signal)))

  async function* pieces(): AsyncGenerator<Uint8Array, void, void> {
    try {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return
        yield value
      }
    } catch (thrown) {
      const error = broken(thrown, signal)
      end.reject(error)
      throw error
    }
  }
  return { body: pieces(), ended: mayFail(end.promise) }
}
