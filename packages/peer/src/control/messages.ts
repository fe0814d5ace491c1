import { decodeMessage, encodeFrames, encodeMessage, HitherError } from '@hither/core'
import { CONTROL_MESSAGE_BYTES } from '../limits/home.ts'

/**
 * What goes over the control socket, as frames whose id is the request's number.
 *
 *     client → peer   REQUEST, DATA* END where it has a body, then CANCEL at any time
 *     peer → client   PROGRESS* PART* (RESULT | ERROR), or of a call  PROGRESS* HEAD DATA* END (RESULT | ERROR)
 *     both            MORE and LEAVE about the DATA that the other side sends
 *
 * A short body stands in the params or the result; others go as DATA, and only as far as the reader said with MORE: a body that
 * nobody reads holds up nobody else. ERROR ends whatever there is.
 */
export const CONTROL = {
  /** CBOR of { method, params, body, listens }: `body` says that one follows, `listens` that somebody wants to hear of progress. */
  REQUEST: 1,
  /** The client gave up. Empty. */
  CANCEL: 2,
  /** A piece of the body: of the request's, or of the answer's. */
  DATA: 3,
  /** CBOR of one progress event. */
  PROGRESS: 4,
  /** CBOR of { result }. */
  RESULT: 5,
  /** CBOR of a WireError. */
  ERROR: 6,
  /** CBOR of { result }: what is known of a call before its body, which follows. */
  HEAD: 7,
  /** The body is complete. Empty. */
  END: 8,
  /** The reader takes this many bytes more. CBOR of { bytes }. */
  MORE: 9,
  /** The reader wants no more. Empty. */
  LEAVE: 10,
  /** CBOR of { result }: the next entries of a long list, whose last ones are the RESULT. */
  PART: 11,
} as const

/** Throws `too-large`: on the other side it would end the socket, with all that is asked and answered on it. */
export function message(type: number, id: number, content: object): Uint8Array<ArrayBuffer> {
  const payload = encodeMessage(content)
  if (payload.length <= CONTROL_MESSAGE_BYTES) return encodeFrames([{ type, id, payload }])
  throw new HitherError('too-large', `${payload.length} bytes are too many for one message on the control socket`, {
    why: `it takes ${CONTROL_MESSAGE_BYTES}`,
    fix: 'ask for less at a time; a large body may be given as a stream',
  })
}

/** Throws `bad-message`. */
export function readMessage(payload: Uint8Array): unknown {
  return decodeMessage(payload, CONTROL_MESSAGE_BYTES)
}

export function signal(type: number, id: number): Uint8Array<ArrayBuffer> {
  return encodeFrames([{ type, id, payload: new Uint8Array(0) }])
}
