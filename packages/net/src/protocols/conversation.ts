import { concat, encodeFrameHead, FRAME_HEAD_BYTES, FRAME_MAX_BYTES, FrameReader, type Frame } from '@hither/core'
import type { Duplex } from '../duplex.ts'
import type { Patience } from './patience.ts'

export interface Message {
  /** What it is; 0 is taken for failures. */
  type: number
  payload: Uint8Array
}

/** One frame each way on a duplex; the frames' id is always 0. */
export interface Conversation {
  /** The first frame; more are nobody's. Rejects where the stream ends before it, or with the patience's signal. */
  receive(): Promise<Frame>
  /** Resolves when the stream has taken all of it. */
  send(message: Message): Promise<void>
  close(): void
}

export interface ConversationInit {
  duplex: Duplex
  /** What the other side may send, in bytes of payload. */
  maxBytes: number
  patience: Patience
  /** The other side speaks: told with each piece that comes. */
  began?: () => void
}

/** Whatever goes wrong breaks the stream off, so that nothing is held for it. */
export function conversation({ duplex, maxBytes, patience, began }: ConversationInit): Conversation {
  const { signal } = patience
  const reader = new FrameReader(maxBytes)
  const first = Promise.withResolvers<Frame>()
  let drained = Promise.withResolvers<void>()
  let heard = false
  let failure: Error | undefined

  const fail = (error: Error): void => {
    failure ??= error
    first.reject(failure)
    drained.reject(failure)
  }
  const breakOff = (thrown: unknown): void => {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown))
    fail(error)
    duplex.abort(error)
  }
  const onAbort = (): void => breakOff(signal.reason)
  // Either may fail while nobody waits for it; who comes later still hears of it.
  first.promise.catch(() => {})
  drained.promise.catch(() => {})
  signal.addEventListener('abort', onAbort, { once: true })

  duplex.listen({
    data(bytes) {
      began?.()
      if (heard) return
      try {
        const [frame] = reader.push(bytes)
        if (frame === undefined) return
        heard = true
        first.resolve(frame)
      } catch (thrown) {
        breakOff(thrown)
      }
    },
    drain() {
      drained.resolve()
      drained = Promise.withResolvers()
      drained.promise.catch(() => {})
    },
    end(why) {
      signal.removeEventListener('abort', onAbort)
      patience.over()
      fail(why ?? new Error('the other side closed the stream'))
    },
  })

  // It may have done so while the stream was opened, and says it no more.
  if (signal.aborted) onAbort()

  return {
    receive: () => first.promise,
    async send(message) {
      for (const piece of piecesOf({ ...message, id: 0 })) {
        if (failure !== undefined) throw failure
        const { promise } = drained
        if (!duplex.send(piece)) await promise
      }
    },
    close: () => void duplex.close(),
  }
}

/** Each is copied only when its turn comes, so that what waits for the other side to read holds nothing of the rest. */
function* piecesOf(frame: Frame): Generator<Uint8Array> {
  const { payload } = frame
  let piece = [encodeFrameHead(frame), payload.subarray(0, FRAME_MAX_BYTES - FRAME_HEAD_BYTES)]
  for (let at = FRAME_MAX_BYTES - FRAME_HEAD_BYTES; ; at += FRAME_MAX_BYTES) {
    yield concat(
      piece,
      piece.reduce((total, { length }) => total + length, 0),
    )
    if (at >= payload.length) return
    piece = [payload.subarray(at, at + FRAME_MAX_BYTES)]
  }
}
