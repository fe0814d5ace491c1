import { HitherError, mayFail, type Answer, type CallTrailer } from '@hither/core'
import { FRAMED_BEGINNING_BYTES } from '../../limits/calls.ts'
import { lateStream } from '../body/late-stream.ts'
import { BODY } from '../body/opening.ts'
import { leaveBody, sendBody } from '../body/outgoing.ts'
import type { BodyStreams } from '../body/streams.ts'
import { errorTrailer, streamedHeadParcel } from './answer.ts'
import { FRAME } from './frames.ts'
import { pack, type Parcel } from './parcel.ts'

export interface AnswerStreamInit {
  /** The call's. */
  id: number
  abort: AbortController
  answer: Answer
  bodies: BodyStreams
  /** Sends the next frames of the answer. */
  say(frames: Parcel): void
}

/** Sends an answer that comes piece by piece, up to its trailer, which it resolves with. Never rejects. */
export async function streamAnswer(init: AnswerStreamInit): Promise<CallTrailer> {
  const { id, abort, answer, bodies } = init
  const { head, body } = answer
  const { signal } = abort
  const trailer = mayFail(Promise.resolve(answer.trailer))
  try {
    signal.throwIfAborted()
    init.say(streamedHeadParcel(id, head))
  } catch (thrown) {
    void mayFail(leaveBody(body))
    return errorTrailer(thrown)
  }
  const stream = lateStream({
    framedMax: FRAMED_BEGINNING_BYTES,
    frame: (payload) => init.say(pack(id, [{ type: FRAME.DATA, id, payload }])),
    open: (framed, unwanted) => bodies.open({ kind: BODY.ANSWER, id, framed }, unwanted),
  })
  const sent = await sendBody(body, stream, signal)
  if (stream.failure !== undefined) return errorTrailer(stream.failure.error)
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
