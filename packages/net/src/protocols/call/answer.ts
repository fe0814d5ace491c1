import {
  BODY_MAX_BYTES,
  encodeRefusal,
  encodeResponseHead,
  encodeTrailer,
  HEADER_MAX_BYTES,
  HitherError,
  readMetrics,
  toHitherError,
  type Answer,
  type CallTrailer,
  type Frame,
  type RunMetrics,
  type RunnerState,
} from '@hither/core'
import { cropError, wireError } from '../../errors.ts'
import { FRAME } from './frames.ts'
import { pack, type Parcel } from './parcel.ts'

/** What a runner answers, as frames. Each ends with what the runner says of itself now. */

const NOT_MEASURED: RunMetrics = { fetchMs: 0, queueMs: 0, startMs: 0, runMs: 0, cpuMs: 0, cold: false }

/** Throws `result-too-large`. */
export function answerParcel(id: number, answer: Answer, state: RunnerState | undefined): Parcel {
  const { head, body, trailer } = answer
  if (body.length > BODY_MAX_BYTES) throw resultTooLarge("answer's body", body.length, BODY_MAX_BYTES, trailer)
  const headBytes = head && encodeResponseHead(head)
  if (headBytes !== undefined && headBytes.length > HEADER_MAX_BYTES) {
    throw resultTooLarge("answer's headers", headBytes.length, HEADER_MAX_BYTES, trailer)
  }
  const opening = headBytes === undefined ? [] : [{ type: FRAME.HEAD, id, payload: headBytes }]
  return pack(id, opening, body, [trailerFrame(id, trailer, state)])
}

/** For what `Services.call` throws: a refusal where nothing ran and another peer may say yes, else a failed run. */
export function failureParcel(id: number, thrown: unknown, state: RunnerState | undefined): Parcel {
  const error = toHitherError(thrown)
  return error.retry === 'elsewhere' ? refusalParcel(id, error, state) : errorParcel(id, error, state)
}

/** A no before anything ran. */
export function refusalParcel(id: number, error: HitherError, state: RunnerState | undefined): Parcel {
  const payload = encodeRefusal({ error: wireError(error), ...(state && { state }) })
  return pack(id, [{ type: FRAME.REFUSED, id, payload }])
}

/** A run that failed, with its measures where the error carries them. */
export function errorParcel(id: number, error: HitherError, state: RunnerState | undefined): Parcel {
  const trailer = { metrics: metricsOf(error), error: wireError(error) }
  return pack(id, [trailerFrame(id, trailer, state)])
}

function trailerFrame(id: number, trailer: CallTrailer, state: RunnerState | undefined): Frame {
  const error = trailer.error && cropError(trailer.error)
  const payload = encodeTrailer({ ...trailer, ...(error && { error }), ...(state && { state }) })
  return { type: FRAME.TRAILER, id, payload }
}

function metricsOf({ data }: HitherError): RunMetrics {
  if (data?.['metrics'] === undefined) return NOT_MEASURED
  try {
    return readMetrics(data['metrics'])
  } catch {
    // The error itself matters more than how long it took.
    return NOT_MEASURED
  }
}

function resultTooLarge(what: string, bytes: number, limit: number, { metrics }: CallTrailer): HitherError {
  return new HitherError('result-too-large', `the ${what} has ${bytes} bytes`, {
    why: `the limit is ${limit}`,
    data: { metrics },
  })
}
