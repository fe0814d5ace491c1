import type { ReadableStream, ReadableStreamDefaultReader } from 'web-streams-polyfill'
import { host } from '../host.ts'
import { BasePromise, giveBack } from '../primordials.ts'
import { WHOLE_BYTES_MAX, WHOLE_TEXT_MAX_CHARS } from '../wall/limits.ts'
import type { AbortSignal } from '../web/abort.ts'
import { typeOfView } from '../web/brands.ts'
import type { Call } from './calls.ts'

/** Hands out the pieces of a body until there are no more. Each waits until the process has room for the next. */
export async function sendStream(call: Call, stream: ReadableStream<unknown>, signal: AbortSignal): Promise<void> {
  const reader = stream.getReader()
  signal.addEventListener('abort', () => leave(reader, signal.reason))
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    if (typeOfView(value) !== 'Uint8Array') throw new TypeError('a chunk of the body is no Uint8Array')
    if (!(await sendBytes(call, value as Uint8Array<ArrayBuffer>))) {
      return leave(reader, new RangeError('the answer is over its limit, or nobody waits for it any more'))
    }
  }
}

/** False where no more is wanted. */
export async function sendBytes(call: Call, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  for (let at = 0; at < bytes.length; at += WHOLE_BYTES_MAX) {
    const piece = bytes.subarray(at, at + WHOLE_BYTES_MAX)
    const buffer = bufferOf(piece)
    const sent = send(call, buffer)
    // It was copied to be sent, and once more where it crossed the wall.
    if (buffer !== piece.buffer) giveBack(buffer)
    if (!(await sent)) return false
  }
  return true
}

export async function sendText(call: Call, text: string): Promise<void> {
  let at = 0
  while (at < text.length) {
    const end = endOfPiece(text, at)
    if (!(await send(call, text.slice(at, end)))) return
    at = end
  }
}

/** The view's bytes as a buffer of their own. `slice` is not asked for them: that of a Node `Buffer` copies nothing. */
export function bufferOf(view: Uint8Array<ArrayBuffer>): ArrayBuffer {
  return view.length === view.buffer.byteLength ? view.buffer : new Uint8Array(view).buffer
}

/** Awaited only where it must wait, so that what is there at once leaves at once. */
function send(call: Call, piece: string | ArrayBuffer): boolean | Promise<boolean> {
  const verdict = host.piece(call.id, piece)
  return verdict === 'wait' ? untilResumed(call) : verdict === 'more'
}

function untilResumed(call: Call): Promise<boolean> {
  return new BasePromise((resolve) => {
    call.resume = () => resolve(true)
  })
}

/** Between two characters, where one of them is made of two units. */
function endOfPiece(text: string, at: number): number {
  const end = at + WHOLE_TEXT_MAX_CHARS
  const unit = text.charCodeAt(end - 1)
  return end < text.length && unit >= 0xd8_00 && unit < 0xdc_00 ? end - 1 : end
}

function leave(reader: ReadableStreamDefaultReader<unknown>, reason: unknown): void {
  void reader.cancel(reason).catch(() => {
    // The stream's own cancelling failed; it is left behind either way.
  })
}
