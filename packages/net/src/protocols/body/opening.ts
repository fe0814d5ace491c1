import { encodeFrames, FRAME_HEAD_BYTES, FrameReader, type Frame } from '@hither/core'
import type { Duplex, DuplexEvents } from '../../duplex.ts'
import { OPENING_MAX_MS } from '../../limits.ts'
import type { Timers } from '../../timers.ts'

/**
 * `/hither/body/1`: one body, on a stream that its call's runner opens. The first frame, without payload, says whose body it is;
 * all that follows is the body: from the caller where it is a request's, from the runner where it is an answer's. How long it was
 * is said on the call stream.
 */
export const BODY_PROTOCOL = '/hither/body/1'

/** The type of the first frame. Its id is the call's. */
export const BODY = { REQUEST: 1, ANSWER: 2 } as const

export type BodyKind = (typeof BODY)[keyof typeof BODY]

export interface Opening {
  kind: BodyKind
  /** The call's id. */
  id: number
}

const NOTHING = new Uint8Array(0)

export function encodeOpening({ kind, id }: Opening): Uint8Array {
  return encodeFrames([{ type: kind, id, payload: NOTHING }])
}

/** Gives a stream on once it is known whose body it carries. What says something else, or nothing soon, is broken off. */
export function readOpening(duplex: Duplex, timers: Timers, opened: (opening: Opening, rest: Duplex) => void): void {
  const reader = new FrameReader(0)
  const stopTimer = timers.after(OPENING_MAX_MS, () => duplex.abort(new Error('it did not say whose body it carries')))
  let missing = FRAME_HEAD_BYTES
  let next: DuplexEvents | undefined

  const open = (frame: Frame, rest: Uint8Array): void => {
    const kind = kindOf(frame)
    if (kind === undefined) return duplex.abort(new Error(`it carries a body of the unknown kind ${frame.type}`))
    opened(
      { kind, id: frame.id },
      {
        ...duplex,
        listen(events) {
          next = events
          if (rest.length > 0) next.data(rest)
        },
      },
    )
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

function kindOf({ type }: Frame): BodyKind | undefined {
  return Object.values(BODY).find((kind) => kind === type)
}
