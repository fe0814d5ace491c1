import {
  concat,
  encodeRefusal,
  encodeResponseHead,
  encodeTrailer,
  HEADER_MAX_BYTES,
  HitherError,
  isWhole,
  readMetrics,
  toHitherError,
  WHOLE_BODY_MAX_BYTES,
  type Answer,
  type Body,
  type CallTrailer,
  type Frame,
  type ResponseHead,
  type RunMetrics,
  type WholeAnswer,
} from '@hither/core'
import { cropError, wireError } from '../../errors.ts'
import { FRAME } from './frames.ts'
import { pack, type Parcel } from './parcel.ts'

/** What a runner answers, as frames. */

const NOT_MEASURED: RunMetrics = { fetchMs: 0, queueMs: 0, startMs: 0, runMs: 0, cpuMs: 0, cold: false }

const NOTHING = new Uint8Array(0)

/** It travels in frames with its head; any other goes on a stream of its own. */
export function isShort(body: Body): body is Uint8Array {
  return isWhole(body) && body.length <= WHOLE_BODY_MAX_BYTES
}

export function isShortAnswer(answer: Answer): answer is WholeAnswer {
  return isShort(answer.body)
}

/** Throws `result-too-large`. */
export function answerParcel(id: number, { head, body, trailer }: WholeAnswer): Parcel {
  const opening = head === undefined ? [] : [headFrame(id, head, trailer)]
  return pack(id, opening, body, [trailerFrame(id, trailer)])
}

/** The beginning of an answer whose body goes on a stream of its own. Throws `result-too-large`. */
export function streamedHeadParcel(id: number, head: ResponseHead | undefined): Parcel {
  if (head === undefined) throw new HitherError('internal', 'an answer has a body and no head')
  return pack(id, [headFrame(id, head), { type: FRAME.STREAM, id, payload: NOTHING }])
}

export function trailerParcel(id: number, trailer: CallTrailer): Parcel {
  return pack(id, [trailerFrame(id, trailer)])
}

/**
 * What `Services.call` throws is a refusal where nothing ran and another peer may say yes, else a failed run. Of a request that
 * was read (`begun`) nobody can say that nothing ran, nor send it elsewhere.
 */
export function isRefusal(error: HitherError, begun: boolean): boolean {
  return error.retry === 'elsewhere' && !begun
}

/** A no before anything ran, with what is new of the runner. */
export function refusalParcel(id: number, error: HitherError, news: Uint8Array): Parcel {
  const refusal = encodeRefusal(wireError(error))
  return pack(id, [{ type: FRAME.REFUSED, id, payload: concat([refusal, news], refusal.length + news.length) }])
}

/** A run that failed. */
export function errorParcel(id: number, error: HitherError): Parcel {
  return trailerParcel(id, errorTrailer(error))
}

/** With its measures where the error carries them. */
export function errorTrailer(thrown: unknown): CallTrailer {
  const error = toHitherError(thrown)
  return { metrics: metricsOf(error), error: wireError(error) }
}

function headFrame(id: number, head: ResponseHead, trailer?: CallTrailer): Frame {
  const payload = encodeResponseHead(head)
  if (payload.length <= HEADER_MAX_BYTES) return { type: FRAME.HEAD, id, payload }
  throw new HitherError('result-too-large', `the answer's headers have ${payload.length} bytes`, {
    why: `the limit is ${HEADER_MAX_BYTES}`,
    ...(trailer && { data: { metrics: trailer.metrics } }),
  })
}

function trailerFrame(id: number, trailer: CallTrailer): Frame {
  const error = trailer.error && cropError(trailer.error)
  const payload = encodeTrailer(error === undefined ? trailer : { ...trailer, error })
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
