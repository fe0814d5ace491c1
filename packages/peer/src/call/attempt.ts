import { isRepeatable, isStreamed, mayGoElsewhere, toHitherError, type HitherError } from '@hither/core'
import type { Attempt } from '../api.ts'
import { streamedAnswer, wholeAnswer, type Sent } from './answer.ts'
import type { BegunAnswer, CallComponents, ChosenRoute, Journey, Said } from './journey.ts'
import { observeFailure } from './learn.ts'
import { withAttempts } from './with-attempts.ts'

/**
 * One try, until the answer is here or begins. Undefined: it came to nothing, and the call may go elsewhere. Throws where it
 * may not.
 */
export async function attempt(
  on: CallComponents,
  journey: Journey,
  { choice: peer, candidates }: ChosenRoute,
): Promise<BegunAnswer | undefined> {
  const { header, body, deadline } = journey
  const { signal, endsAt } = deadline
  const sent: Sent = { peer, at: on.now() }
  const predictedMs = candidates.find((candidate) => candidate.peer === peer)?.predicted.totalMs ?? 0
  on.placement.observe({ type: 'sent', peer, cid: header.cid }, sent.at)
  try {
    const remainingMs = Math.max(0, endsAt - sent.at)
    const answer = await on.send(peer, { ...header, remainingMs }, body.open(), { signal })
    const begun = isStreamed(answer)
      ? streamedAnswer(on, journey, sent, answer)
      : await wholeAnswer(on, journey, sent, answer)
    journey.attempts.push({ peer, predictedMs, ms: on.now() - sent.at, outcome: 'answered' })
    journey.onProgress({ type: 'call:answered', peer, status: begun.head.status })
    return begun
  } catch (thrown) {
    const error = toHitherError(thrown)
    const { code } = error
    note(journey, { peer, predictedMs, ms: on.now() - sent.at, outcome: code, message: inFull(error) })
    journey.tried.set(peer, saidOf(error))
    observeFailure(on, journey, peer, error)
    if (signal.aborted) throw withAttempts(toHitherError(signal.reason), journey.attempts)
    if (!mayGoElsewhere(code, error.retry === 'repeatable' && (await repeatable(on, journey)))) {
      throw withAttempts(error, journey.attempts)
    }
    return undefined
  }
}

/** Only the author or the method can allow a repetition; the manifest is asked for when it matters. */
async function repeatable({ functions }: CallComponents, { header, deadline }: Journey): Promise<boolean> {
  if (isRepeatable(header.method)) return true
  try {
    const { effects } = await functions.manifest(header.cid, { signal: deadline.signal })
    return isRepeatable(header.method, effects)
  } catch {
    // Without its manifest nobody can say that the function may run twice.
    return false
  }
}

/** Whoever waits asks the same runner again and again: that it is full stands there once. */
function note({ attempts }: Journey, last: Attempt): void {
  const before = attempts.find(({ peer, outcome }) => outcome === 'busy' && peer === last.peer)
  if (before === undefined || last.outcome !== 'busy') attempts.push(last)
  else Object.assign(before, last, { times: (before.times ?? 1) + 1 })
}

function saidOf({ code, data }: HitherError): Said {
  const retryAfterMs = data?.['retryAfterMs']
  return { code, ...(typeof retryAfterMs === 'number' && { retryAfterMs }) }
}

function inFull({ message, why }: HitherError): string {
  return why === undefined ? message : `${message} (${why})`
}
