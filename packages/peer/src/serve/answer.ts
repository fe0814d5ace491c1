import { createHash } from 'node:crypto'
import {
  HitherError,
  isStreamed,
  mayFail,
  toHitherError,
  watched,
  type Answer,
  type CallHeader,
  type CallTrailer,
  type PeerId,
  type ResponseHead,
  type RunMetrics,
  type RunResult,
  type StreamedAnswer,
  type StreamedRun,
} from '@hither/core'
import { digestWhole, keptForDigest } from '../digest.ts'
import { ownProof, receiptOf, type HashedRequest } from './own-proof.ts'
import type { Sealer } from './sealer.ts'

export interface AnswerComponents {
  self: PeerId
  sealer: Sealer
}

/** What was asked by whom, and the answer's head. */
interface Asked {
  from: PeerId
  header: CallHeader
  request: HashedRequest
  /** How long the function took to find, which its runner does not know. */
  fetchMs: number
  head: ResponseHead
}

/** A run as an answer, with its receipt at the end. */
export function answerOf(on: AnswerComponents, call: Omit<Asked, 'head'>, run: RunResult): Answer {
  const { status, headers } = run
  const { from, header, request, fetchMs } = call
  const asked: Asked = { from, header, request, fetchMs, head: { status, headers } }
  if (isStreamed(run)) return streamedAnswer(on, asked, run)
  const { body, metrics } = run
  const { head } = asked
  const digest = from === on.self ? keptForDigest(body) : digestWhole(body)
  return { head, body, trailer: trailerOf(on, asked, digest, metrics) }
}

/** The trailer waits for the reader: a receipt is of what was read, not of what was made. */
function streamedAnswer(on: AnswerComponents, asked: Asked, run: StreamedRun): StreamedAnswer {
  const hasher = createHash('sha256')
  const read = Promise.withResolvers<Uint8Array>()
  const body = watched(run.body, {
    piece: (bytes) => void hasher.update(bytes),
    end: () => read.resolve(hasher.digest()),
    broke(thrown) {
      const error = withFetchTime(thrown, asked.fetchMs)
      read.reject(error)
      return error
    },
    left: () => read.reject(new HitherError('cancelled', 'the answer was not read to its end')),
  })
  const trailer = Promise.all([read.promise, run.metrics]).then(([digest, metrics]) =>
    trailerOf(on, asked, digest, metrics),
  )
  return { head: asked.head, body, trailer: mayFail(trailer) }
}

function trailerOf(
  { self, sealer }: AnswerComponents,
  { from, header, request, fetchMs, head }: Asked,
  responseDigest: Uint8Array | string,
  measured: RunMetrics,
): CallTrailer {
  const metrics = { ...measured, fetchMs }
  const { runMs, cpuMs } = measured
  const facts = { cid: header.cid, runner: self, runMs, cpuMs, request, response: head, responseDigest }
  if (from === self) return { metrics, proof: ownProof(facts, sealer) }
  const receipt = receiptOf(facts)
  return { metrics, receipt, seal: sealer.seal(receipt) }
}

/** A failure with its measures, if it has any, and among them how long the function took to find. */
export function withFetchTime(thrown: unknown, fetchMs: number): HitherError {
  const error = toHitherError(thrown)
  const metrics = error.data?.['metrics']
  if (metrics === undefined) return error
  const { code, message, why, fix, data, cause } = error
  return new HitherError(code, message, {
    ...(why !== undefined && { why }),
    ...(fix !== undefined && { fix }),
    data: { ...data, metrics: { ...metrics, fetchMs } },
    cause,
  })
}
