import {
  checkReceipt,
  equalBytes,
  hashRequest,
  HitherError,
  UNREAD_DIGEST,
  type CallTrailer,
  type PeerId,
  type Receipt,
  type ResponseHead,
  type SealedReceipt,
} from '@hither/core'
import { digestWhole } from '../digest.ts'
import { CLOCK_DRIFT_SHARE, CLOCK_SLACK_MS } from '../limits.ts'
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
export async function checkTrailer(trailer: CallTrailer, answered: Answered): Promise<CompleteTrailer> {
  const { receipt, prove } = proofIn(trailer)
  const { journey, peer, head, digest } = answered
  const { cid, method, url, headers } = journey.header
  const facts = {
    cid,
    runner: peer,
    request: { method, url, headers },
    requestDigest: await requestDigest(receipt, journey),
    response: head,
    responseDigest: digest,
  }
  await checkReceipt(receipt, facts, digestWhole)
  return { ...trailer, said: receipt, prove }
}

/** What this very process ran and puts its name to needs no second look. Of a replayed one only its receipt knows what it took. */
export async function ownTrailer(trailer: CallTrailer): Promise<CompleteTrailer> {
  const { metrics, replayed, prove = proofIn(trailer).prove } = trailer
  return { ...trailer, said: replayed === true ? (await prove()).receipt : metrics, prove }
}

interface Proof {
  receipt: Receipt
  /** With its signature, which comes later. */
  prove: () => Promise<SealedReceipt>
}

/** Throws `bad-answer` where it lacks a part. */
function proofIn({ receipt, seal }: CallTrailer): Proof {
  if (receipt !== undefined && seal !== undefined) {
    return { receipt, prove: async () => ({ receipt, seal: await seal }) }
  }
  throw new HitherError('bad-answer', `the answer ended without a ${receipt === undefined ? 'receipt' : 'signature'}`)
}

/** A runner may leave the rest of a streamed request unread, and then says so; what it says to have read must be what was sent. */
async function requestDigest(receipt: Receipt, { header, body }: Journey): Promise<Uint8Array> {
  const sent = body.digest()
  if (sent === undefined) return UNREAD_DIGEST
  const unread = body.streamed && equalBytes(receipt.request, await hashRequest(header, UNREAD_DIGEST, digestWhole))
  return unread ? UNREAD_DIGEST : sent
}

/** What cannot be true of a whole answer that took `ms`, in words; undefined where all may be. A replayed one measured nothing. */
export function contradiction({ metrics, said, replayed }: CompleteTrailer, ms: number): string | undefined {
  if (replayed === true) return undefined
  if (said.runMs !== metrics.runMs || said.cpuMs !== metrics.cpuMs) {
    return 'its receipt and its measures tell different times'
  }
  const saidMs = runnerMs(metrics)
  if (saidMs <= ms * (1 + CLOCK_DRIFT_SHARE) + CLOCK_SLACK_MS) return undefined
  return `it says that it took ${Math.round(saidMs)} ms for an answer that was here after ${Math.round(ms)}`
}
