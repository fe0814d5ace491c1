import { HitherError, mayFail, type Answer, type CallTrailer } from '@hither/core'
import type { Duplex } from '../../duplex.ts'
import { BODY } from '../body/opening.ts'
import { leaveBody, sendBody } from '../body/outgoing.ts'
import type { BodyStreams } from '../body/streams.ts'
import { errorTrailer, streamedHeadParcel } from './answer.ts'
import type { Parcel } from './parcel.ts'

export interface AnswerStreamInit {
  /** The call's. */
  id: number
  abort: AbortController
  answer: Answer
  bodies: BodyStreams
  /** Sends the beginning of the answer. */
  begin(head: Parcel): void
}

/** Sends an answer whose body takes a stream of its own, up to its trailer, which it resolves with. Never rejects. */
export async function streamAnswer(init: AnswerStreamInit): Promise<CallTrailer> {
  const { id, abort, answer, bodies } = init
  const { head, body } = answer
  const { signal } = abort
  const trailer = mayFail(Promise.resolve(answer.trailer))
  let stream: Duplex
  try {
    signal.throwIfAborted()
    init.begin(streamedHeadParcel(id, head))
    stream = await bodies.open({ kind: BODY.ANSWER, id }, signal)
  } catch (thrown) {
    void mayFail(leaveBody(body))
    return errorTrailer(thrown)
  }
  const sent = await sendBody(body, stream, signal)
  if (sent.how === 'left') {
    // A caller that leaves the stream wants no more of the call.
    abort.abort(new HitherError('cancelled', 'the caller left the answer'))
    return errorTrailer(signal.reason)
  }
  const end = sent.how === 'failed' ? errorTrailer(sent.error) : await endOf(trailer)
  return { ...end, streamedBytes: sent.bytes }
}

async function endOf(trailer: Promise<CallTrailer>): Promise<CallTrailer> {
  try {
    return await trailer
  } catch (thrown) {
    return errorTrailer(thrown)
  }
}
