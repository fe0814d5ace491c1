import { mayFail, type Body } from '@hither/core'
import { broken } from './failure.ts'

/** The body of an answer over HTTP, and its end. The signal is its call's. */
export function bodyOf({ body: stream }: Response, signal: AbortSignal): { body: Body; ended: Promise<void> } {
  if (stream === null) return { body: new Uint8Array(0), ended: Promise.resolve() }
  const end = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => end.reject(signal.reason), { once: true })

  const reader = stream.getReader()
  // Also where nobody reads: what broke the answer has ended its call.
  reader.closed.then(end.resolve, (thrown) => end.reject(broken(thrown, signal)))

  async function* pieces(): AsyncGenerator<Uint8Array, void, void> {
    try {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return end.resolve()
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
