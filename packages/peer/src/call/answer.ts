import { createHash } from 'node:crypto'
import {
  fromWire,
  HitherError,
  mayFail,
  toHitherError,
  watched,
  type PeerId,
  type StreamedAnswer,
  type WholeAnswer,
} from '@hither/core'
import { digestWhole } from '../digest.ts'
import { checkTrailer } from './check.ts'
import type { BegunAnswer, CallComponents, Journey } from './journey.ts'
import { learn, observeFailure } from './learn.ts'

/** Where an attempt went, and when. */
export interface Sent {
  peer: PeerId
  at: number
}

/** Throws the handler's error, or `bad-answer`. */
export async function wholeAnswer(
  on: CallComponents,
  journey: Journey,
  { peer, at }: Sent,
  { head, body, trailer: said }: WholeAnswer,
): Promise<BegunAnswer> {
  if (said.error !== undefined) throw fromWire(said.error)
  if (head === undefined) throw new HitherError('bad-answer', 'the answer ended without a head')
  const trailer = await checkTrailer(said, { journey, peer, head, digest: digestWhole(body) })
  const ms = on.now() - at
  learn(on, journey, peer, trailer, { ms, bytes: body.length })
  return { head, body, end: Promise.resolve({ trailer, ms }) }
}

/** Its body is passed on as it comes. Only where it was read to its end, and its receipt is right, does it end in peace. */
export function streamedAnswer(
  on: CallComponents,
  journey: Journey,
  { peer, at }: Sent,
  answer: StreamedAnswer,
): BegunAnswer {
  const { head } = answer
  const toHeadMs = on.now() - at
  const hasher = createHash('sha256')
  const end = Promise.withResolvers<Awaited<BegunAnswer['end']>>()
  let over = false

  const fail = (thrown: unknown): HitherError => {
    const error = toHitherError(thrown)
    if (!over) observeFailure(on, journey, peer, error)
    over = true
    end.reject(error)
    return error
  }
  const body = watched(answer.body, {
    piece: (bytes) => void hasher.update(bytes),
    async end() {
      const trailer = await checkTrailer(await answer.trailer, { journey, peer, head, digest: hasher.digest() })
      over = true
      learn(on, journey, peer, trailer, { toHeadMs })
      end.resolve({ trailer, ms: on.now() - at })
    },
    broke: fail,
    left: () => void fail(new HitherError('cancelled', 'the answer was not read to its end')),
  })
  // It may break while nobody reads.
  answer.trailer.catch(fail)
  return { head, body, end: mayFail(end.promise) }
}
