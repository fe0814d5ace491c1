import { createHash } from 'node:crypto'
import {
  HitherError,
  isStreamed,
  makeReceipt,
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
  type SealedReceipt,
  type StreamedAnswer,
  type StreamedRun,
} from '@hither/core'
import { digestWhole } from '../digest.ts'
import type { Sealer } from './sealer.ts'

export interface AnswerComponents {
  self: PeerId
  sealer: Sealer
}

/** What was asked by whom, and the answer's head. */
interface Asked {
  from: PeerId
  header: CallHeader
  /** What its receipt names the request by, once it was read as far as it will be. */
  requestHash: () => Uint8Array
  /** How long the function took to find, which its runner does not know. */
  fetchMs: number
  head: ResponseHead
}

/** A run as an answer, with its receipt at the end. */
export function answerOf(on: AnswerComponents, call: Omit<Asked, 'head'>, run: RunResult): Answer {
  const { status, headers } = run
  const { from, header, requestHash, fetchMs } = call
  const asked: Asked = { from, header, requestHash, fetchMs, head: { status, headers } }
  if (isStreamed(run)) return streamedAnswer(on, asked, run)
  const { body, metrics } = run
  const { head } = asked
  return { head, body, trailer: trailerOf(on, asked, digestWhole(body), metrics) }
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
  { from, header, requestHash, fetchMs, head }: Asked,
  responseDigest: Uint8Array,
  measured: RunMetrics,
): CallTrailer {
  const metrics = { ...measured, fetchMs }
  const { cid } = header
  const facts = {
    cid,
    runner: self,
    runMs: metrics.runMs,
    cpuMs: metrics.cpuMs,
    response: head,
    responseDigest,
  }
  const signed = (): Required<Pick<CallTrailer, 'receipt' | 'seal'>> => {
    const receipt = makeReceipt({ ...facts, requestHash: requestHash() }, digestWhole)
    return { receipt, seal: sealer.seal(receipt) }
  }
  if (from !== self) return { metrics, ...signed() }
  const prove = async (): Promise<SealedReceipt> => {
    const { receipt, seal } = signed()
    const { tree, at } = await seal
    return { receipt, seal: tree.seal(at, digestWhole) }
  }
  let proof: Promise<SealedReceipt> | undefined
  return { metrics, prove: () => (proof ??= prove()) }
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
