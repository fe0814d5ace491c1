import {
  checkReceipt,
  equalBytes,
  HitherError,
  hashRequest,
  hashResult,
  UNREAD_DIGEST,
  type CallTrailer,
  type PeerId,
  type Proof,
  type Receipt,
  type ResponseHead,
  type RunMetrics,
  type SealedReceipt,
  type SealPlace,
} from '@hither/core'
import { digestWhole } from '../digest.ts'
import { CLOCK_DRIFT_SHARE, CLOCK_SLACK_MS } from '../limits/calls.ts'
import type { CompleteTrailer, Journey } from './journey.ts'
import { runnerMs } from './report.ts'

export interface Answered {
  journey: Journey
  peer: PeerId
  head: ResponseHead
  /** Of the answer's body. */
  digest: Uint8Array
}

/**
 * A trailer whose receipt fits what was asked and what was answered. Its signature is left alone: the connection it came by says
 * as much. Throws `bad-answer`.
 */
export function checkTrailer(trailer: CallTrailer, { journey, peer, head, digest }: Answered): CompleteTrailer {
  const proof = proofIn(trailer)
  const { receipt } = proof
  checkReceipt(receipt, {
    function: journey.header.cid.bytes,
    request: requestHash(receipt, journey),
    result: hashResult(head, digest, digestWhole),
    runner: peer,
  })
  return { metrics: trailer.metrics, replayed: trailer.replayed, said: receipt, proof }
}

/** What this very process ran and puts its name to needs no second look. Of a replayed one only its receipt knows what it took. */
export function ownTrailer(trailer: CallTrailer): CompleteTrailer | Promise<CompleteTrailer> {
  const { metrics, replayed, proof = proofIn(trailer) } = trailer
  if (replayed === true) return proof.prove().then(({ receipt }) => ({ metrics, replayed, said: receipt, proof }))
  return { metrics, replayed, said: metrics, proof }
}

/** The signature of a receipt comes later. */
class Promised implements Proof {
  readonly receipt: Receipt
  private readonly place: Promise<SealPlace>

  constructor(receipt: Receipt, place: Promise<SealPlace>) {
    this.receipt = receipt
    this.place = place
  }

  async prove(): Promise<SealedReceipt> {
    const { tree, at } = await this.place
    return { receipt: this.receipt, seal: tree.seal(at, digestWhole) }
  }
}

/** Throws `bad-answer` where it lacks a part. */
function proofIn({ receipt, seal }: CallTrailer): Promised {
  if (receipt !== undefined && seal !== undefined) return new Promised(receipt, seal)
  throw new HitherError('bad-answer', `the answer ended without a ${receipt === undefined ? 'receipt' : 'signature'}`)
}

/** A runner may leave the rest of a streamed request unread, and then says so; what it says to have read must be what was sent. */
function requestHash(receipt: Receipt, { header, body, requestHash: known }: Journey): Uint8Array {
  if (known !== undefined) return known
  const hashWith = (digest: Uint8Array): Uint8Array => hashRequest(header, digest, digestWhole)
  const sent = hashWith(body.digest() ?? UNREAD_DIGEST)
  return equalBytes(receipt.request, sent) ? sent : hashWith(UNREAD_DIGEST)
}

/** What the receipt must name the request by, where its body is known as a whole. */
export function hashWhole({ header, body }: Journey): Uint8Array | undefined {
  const digest = body.streamed ? undefined : body.digest()
  return digest && hashRequest(header, digest, digestWhole)
}

/** What cannot be true of a whole answer that took `ms`, in words; undefined where all may be. A replayed one measured nothing. */
export function contradiction({ metrics, said, replayed }: CompleteTrailer, ms: number): string | undefined {
  if (replayed === true) return undefined
  if (said.runMs !== metrics.runMs || said.cpuMs !== metrics.cpuMs) {
    return 'its receipt and its measures tell different times'
  }
  if (fitsIn(metrics, ms)) return undefined
  return `it says that it took ${Math.round(runnerMs(metrics))} ms for an answer that was here after ${Math.round(ms)}`
}

/** Can a run have taken what its runner says, inside of what this peer measured? */
export function fitsIn(metrics: RunMetrics, ms: number): boolean {
  return runnerMs(metrics) <= ms * (1 + CLOCK_DRIFT_SHARE) + CLOCK_SLACK_MS
}
