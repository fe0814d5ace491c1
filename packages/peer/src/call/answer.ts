import { createHash } from 'node:crypto'
import {
  fromWire,
  HitherError,
  mayFail,
  toHitherError,
  watched,
  type CallTrailer,
  type PeerId,
  type Prediction,
  type StreamedAnswer,
  type WholeAnswer,
} from '@hither/core'
import { digestWhole } from '../digest.ts'
import { checkTrailer, ownTrailer, type Answered } from './check.ts'
import type { BegunAnswer, CallComponents, CompleteTrailer, Ended, Journey } from './journey.ts'
import { learn, observeFailure } from './learn.ts'

/** Where an attempt went, when, and what was expected of it. */
export interface Sent {
  peer: PeerId
  at: number
  predicted: Prediction | undefined
}

/** Of a peer's own answer that it gave before, a little later. Throws the handler's error, or `bad-answer`. */
export function wholeAnswer(
  on: CallComponents,
  journey: Journey,
  sent: Sent,
  { head, body, trailer: said }: WholeAnswer,
): BegunAnswer | Promise<BegunAnswer> {
  if (said.error !== undefined) throw fromWire(said.error)
  if (head === undefined) throw new HitherError('bad-answer', 'the answer ended without a head')
  const ended = (trailer: CompleteTrailer): BegunAnswer => {
    const ms = on.now() - sent.at
    learn(on, journey, sent, trailer, { ms, bytes: body.length })
    return { head, body, end: { trailer, ms } }
  }
  if (sent.peer !== on.links.self)
    return ended(checked(on, said, { journey, peer: sent.peer, head, digest: digestWhole(body) }))
  const own = ownTrailer(said)
  return own instanceof Promise ? own.then(ended) : ended(own)
}

/** Its body is passed on as it comes. Only where it was read to its end, and its receipt is right, does it end in peace. */
export function streamedAnswer(on: CallComponents, journey: Journey, sent: Sent, answer: StreamedAnswer): BegunAnswer {
  const { head } = answer
  const { peer, at } = sent
  const toHeadMs = on.now() - at
  const hasher = peer === on.links.self ? undefined : createHash('sha256')
  const end = Promise.withResolvers<Ended>()
  let over = false
  on.placement.observe({ type: 'began', peer, cid: journey.header.cid }, on.now())

  const fail = (thrown: unknown): HitherError => {
    const error = journey.body.broken ?? toHitherError(thrown)
    if (!over) observeFailure(on, journey, sent, error)
    over = true
    end.reject(error)
    return error
  }
  const body = watched(answer.body, {
    piece: (bytes) => void hasher?.update(bytes),
    async end() {
      const said = await answer.trailer
      if (said.error !== undefined) throw fromWire(said.error)
      const trailer =
        hasher === undefined
          ? await ownTrailer(said)
          : checked(on, said, { journey, peer, head, digest: hasher.digest() })
      over = true
      learn(on, journey, sent, trailer, { toHeadMs })
      end.resolve({ trailer, ms: on.now() - at })
    },
    broke: fail,
    left: () => void fail(new HitherError('cancelled', 'the answer was not read to its end')),
  })
  // It may break while nobody reads.
  answer.trailer.catch(fail)
  return { head, body, end: mayFail(end.promise) }
}

/** A runner whose receipt is for something else is caught at that, or later at not signing it. Throws `bad-answer`. */
function checked(on: CallComponents, trailer: CallTrailer, answered: Answered): CompleteTrailer {
  const caught = (thrown: unknown): HitherError => {
    const error = toHitherError(thrown)
    if (error.code === 'bad-answer') {
      on.placement.observe({ type: 'caught', peer: answered.peer, why: error.message }, on.now())
    }
    return error
  }
  try {
    const complete = checkTrailer(trailer, answered)
    void trailer.seal?.catch(caught)
    return complete
  } catch (thrown) {
    throw caught(thrown)
  }
}
