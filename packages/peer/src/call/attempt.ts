import { HitherError, isRepeatable, isStreamed, leave, mayFail, mayGoElsewhere, toHitherError } from '@hither/core'
import type { PeerId } from '@hither/core'
import type { Attempt } from '../api.ts'
import { streamedAnswer, wholeAnswer, type Sent } from './answer.ts'
import type { BegunAnswer, CallComponents, ChosenRoute, Journey, Said } from './journey.ts'
import { observeFailure, retryAfterOf } from './learn.ts'
import { ownLineMs } from './patience.ts'
import { withData } from './with-data.ts'

/** One copy of a call, under way. */
export interface Copy {
  readonly peer: PeerId
  /**
   * Resolves when the answer is here or begins; to undefined where it came to nothing and the call may go elsewhere. Rejects where it
   * may not.
   */
  readonly outcome: Promise<BegunAnswer | undefined>
  /** Another copy was first: its runner is told, and an answer that has begun all the same is left. */
  drop(): void
}

/** One try. `hedge`: another copy is under way elsewhere. */
export function attempt(on: CallComponents, journey: Journey, route: ChosenRoute, hedge: boolean): Copy {
  const one: Try = { route, hedge, ...followerOf(journey.deadline.signal), dropped: undefined }
  const outcome = mayFail(tryOnce(on, journey, one))
  return {
    peer: route.choice,
    outcome,
    drop() {
      one.dropped = new HitherError('cancelled', 'another copy of the call was answered first')
      one.ends.abort(one.dropped)
      void mayFail(outcome.then((answer) => (answer === undefined ? undefined : leave(answer.body))))
    },
  }
}

interface Try {
  route: ChosenRoute
  hedge: boolean
  /** Fires when the call ends, or this copy of it. */
  ends: AbortController
  /** Follows the call no longer. */
  letGo: () => void
  /** Why it is not wanted any more. */
  dropped: HitherError | undefined
}

/**
 * A call that waits makes many attempts, so each that came to nothing lets go; the last lives as long as the call. `AbortSignal.any` is
 * ten times as dear.
 */
function followerOf(signal: AbortSignal): Pick<Try, 'ends' | 'letGo'> {
  const ends = new AbortController()
  const end = (): void => ends.abort(signal.reason)
  if (signal.aborted) end()
  else signal.addEventListener('abort', end, { once: true })
  return { ends, letGo: () => signal.removeEventListener('abort', end) }
}

async function tryOnce(on: CallComponents, journey: Journey, one: Try): Promise<BegunAnswer | undefined> {
  const { route, hedge } = one
  const { header, body, deadline, after } = journey
  const { choice: peer, candidates } = route
  const predicted = candidates.find((candidate) => candidate.peer === peer)?.predicted
  const sent: Sent = { peer, at: on.now(), predicted }
  const predictedMs = predicted?.totalMs ?? 0
  const copy = hedge ? { hedge } : {}
  on.placement.observe(
    { type: 'sent', peer, cid: header.cid, ...copy, ...(!hedge && after !== undefined && { retry: true }) },
    sent.at,
  )
  try {
    const remainingMs = Math.max(0, deadline.endsAt - sent.at)
    const answer = await on.send(peer, { ...header, remainingMs }, body.open(), {
      signal: one.ends.signal,
      waitMs: ownLineMs(on, journey, route),
    })
    const begun = isStreamed(answer)
      ? streamedAnswer(on, journey, sent, answer)
      : await wholeAnswer(on, journey, sent, answer)
    journey.attempts.push({ peer, predictedMs, ms: on.now() - sent.at, outcome: 'answered', ...copy })
    if (one.dropped === undefined) journey.onProgress({ type: 'call:answered', peer, status: begun.head.status })
    return begun
  } catch (thrown) {
    one.letGo()
    const error = one.dropped ?? toHitherError(thrown)
    const { code, retry } = error
    note(journey, { peer, predictedMs, ms: on.now() - sent.at, outcome: code, message: inFull(error), ...copy })
    observeFailure(on, journey, sent, error)
    if (deadline.signal.aborted) throw withData(toHitherError(deadline.signal.reason), { attempts: journey.attempts })
    if (one.dropped !== undefined) return undefined
    journey.tried.set(peer, saidOf(error))
    const failed = retry === 'repeatable'
    if (!mayGoElsewhere(code, failed && (await repeatable(on, journey))))
      throw withData(error, { attempts: journey.attempts })
    journey.after = failed ? error : undefined
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

function saidOf(error: HitherError): Said {
  const retryAfterMs = retryAfterOf(error)
  return { code: error.code, message: inFull(error), ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

function inFull({ message, why }: HitherError): string {
  return why === undefined ? message : `${message} (${why})`
}
