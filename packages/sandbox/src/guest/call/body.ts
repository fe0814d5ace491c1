import type { ReadableStream } from 'web-streams-polyfill'
import type { AbortSignal } from '../web/abort.ts'
import { typeOfView } from '../web/brands.ts'

/** Reads a stream to its end; null where that is beyond the limit. Stops, too, when nobody waits any more. */
export async function readWhole(
  stream: ReadableStream<unknown>,
  limitBytes: number,
  signal: AbortSignal,
): Promise<ArrayBuffer | null> {
  const reader = stream.getReader()
  const cancel = (reason: unknown): void =>
    void reader.cancel(reason).catch(() => {
      // The stream's own cancelling failed; it is left behind either way.
    })
  signal.addEventListener('abort', () => cancel(signal.reason))
  const chunks: Uint8Array[] = []
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return join(chunks, bytes)
    if (typeOfView(value) !== 'Uint8Array') throw new TypeError('a chunk of the body is no Uint8Array')
    const chunk = value as Uint8Array
    bytes += chunk.length
    if (bytes > limitBytes) {
      cancel(new RangeError(`the answer is over ${limitBytes} bytes`))
      return null
    }
    chunks.push(chunk)
  }
}

/** The view's bytes as a buffer of their own. */
export function bufferOf(view: Uint8Array<ArrayBuffer>): ArrayBuffer {
  return view.length === view.buffer.byteLength ? view.buffer : view.slice().buffer
}

function join(chunks: Uint8Array[], bytes: number): ArrayBuffer {
  const whole = new Uint8Array(bytes)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole.buffer
}
