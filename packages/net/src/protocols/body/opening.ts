import { encodeFrames, FRAME_HEAD_BYTES, FrameReader, type Frame } from '@hither/core'
import type { Duplex, DuplexEvents } from '../../duplex.ts'
import { OPENING_MAX_MS } from '../../limits/calls.ts'
import type { Timers } from '../../timers.ts'

/**
 * `/hither/body/1`: one body, on a stream that its call's runner opens. The first frame says whose body it is, and how many of
 * its bytes came in frames of the call; all that follows is the rest of it: from the caller where it is a request's, from the
 * runner where it is an answer's. How long it was is said on the call stream.
 */
export const BODY_PROTOCOL = '/hither/body/1'

/** The type of the first frame. Its id is the call's, its payload the bytes that came before, as u32. */
export const BODY = { REQUEST: 1, ANSWER: 2 } as const

export type BodyKind = (typeof BODY)[keyof typeof BODY]

export interface Opening {
  kind: BodyKind
  /** The call's id. */
  id: number
  /** How many bytes of the body came in frames of the call. */
  framed: number
}

const LENGTH_BYTES = 4

export function encodeOpening({ kind, id, framed }: Opening): Uint8Array {
  const payload = new Uint8Array(LENGTH_BYTES)
  new DataView(payload.buffer).setUint32(0, framed)
  return encodeFrames([{ type: kind, id, payload }])
}

/** Gives a stream on once it is known whose body it carries. What says something else, or nothing soon, is broken off. */
export function readOpening(duplex: Duplex, timers: Timers, opened: (opening: Opening, rest: Duplex) => void): void {
  const reader = new FrameReader(LENGTH_BYTES)
  const stopTimer = timers.after(OPENING_MAX_MS, () => duplex.abort(new Error('it did not say whose body it carries')))
  let missing = FRAME_HEAD_BYTES + LENGTH_BYTES
  let next: DuplexEvents | undefined

  const open = (frame: Frame, rest: Uint8Array): void => {
    const opening = openingOf(frame)
    if (opening === undefined) return duplex.abort(new Error('it does not say whose body it carries'))
    opened(opening, {
      ...duplex,
      listen(events) {
        next = events
        if (rest.length > 0) next.data(rest)
      },
    })
  }
  duplex.listen({
    data(bytes) {
      if (missing === 0) return next?.data(bytes)
      const head = bytes.subarray(0, missing)
      missing -= head.length
      try {
        const [frame] = reader.push(head)
        if (frame === undefined) return
        stopTimer()
        open(frame, bytes.subarray(head.length))
      } catch (thrown) {
        missing = 0
        duplex.abort(thrown as Error)
      }
    },
    drain: () => next?.drain(),
    end(why) {
      stopTimer()
      next?.end(why)
    },
  })
}

function openingOf({ type, id, payload }: Frame): Opening | undefined {
  const kind = Object.values(BODY).find((known) => known === type)
  if (kind === undefined || payload.length !== LENGTH_BYTES) return undefined
  return { kind, id, framed: new DataView(payload.buffer, payload.byteOffset).getUint32(0) }
}
