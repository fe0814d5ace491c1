import {
  isRepeatable,
  isStreamed,
  mayFail,
  mayGoElsewhere,
  toHitherError,
  type Body,
  type HitherError,
  type Observation,
} from '@hither/core'
import type { Attempt } from '../api.ts'
import { hashWhole } from './check.ts'
import { streamedAnswer, wholeAnswer, type Sent } from './answer.ts'
import type { BegunAnswer, CallComponents, ChosenRoute, Journey, Said } from './journey.ts'
import { observeFailure, retryAfterOf } from './learn.ts'
import { ownLineMs } from './patience.ts'
import { withData } from './with-data.ts'

/** An answer, and the route that led to it. */
export interface Won {
  route: ChosenRoute
  answer: BegunAnswer
}

/** A call's request on its way to one runner. */
export interface Copy {
  /** Fires when the call ends, or this copy of it. */
  signal: AbortSignal
  /** Another one is under way elsewhere. */
  hedge?: true
  /** Why it is not wanted any more: another one was first. */
  dropped?: HitherError
}

/** One try. Undefined where it came to nothing and the call may go elsewhere; throws where it may not. */
export async function attempt(
  on: CallComponents,
  journey: Journey,
  route: ChosenRoute,
  copy: Copy,
): Promise<Won | undefined> {
  const { header, deadline, after } = journey
  const { choice: peer, candidates } = route
  const predicted = candidates.find((candidate) => candidate.peer === peer)?.predicted
  const remote = peer !== on.links.self
  const body = opened(journey, remote)
  const sent: Sent = { peer, at: on.now(), predicted }
  const observed: Extract<Observation, { type: 'sent' }> = { type: 'sent', peer, cid: header.cid }
  if (copy.hedge !== undefined) observed.hedge = copy.hedge
  else if (after !== undefined) observed.retry = true
  on.placement.observe(observed, sent.at)
  const over = journey.replayKey === undefined ? undefined : on.keyed.sent(journey.replayKey, peer, deadline.endsAt)
  const tried = (outcome: Attempt['outcome']): Attempt => {
    const one: Attempt = { peer, predictedMs: predicted?.totalMs ?? 0, ms: on.now() - sent.at, outcome }
    if (copy.hedge !== undefined) one.hedge = copy.hedge
    return one
  }
  on.presence.begin()
  try {
    const remainingMs = Math.max(0, deadline.endsAt - sent.at)
    const answering = on.send(peer, { ...header, remainingMs }, body, {
      signal: copy.signal,
      waitMs: ownLineMs(on, journey, route),
    })
    if (remote) {
      void mayFail(answering)
      // While it is on its way there is time.
      journey.requestHash ??= hashWhole(journey)
    }
    const answer = await answering
    const begun = isStreamed(answer)
      ? streamedAnswer(on, journey, sent, answer)
      : wholeAnswer(on, journey, sent, answer)
    const won = { route, answer: begun instanceof Promise ? await begun : begun }
    over?.(true)
    journey.attempts.push(tried('answered'))
    if (copy.dropped === undefined) journey.onProgress({ type: 'call:answered', peer, status: won.answer.head.status })
    return won
  } catch (thrown) {
    const error = copy.dropped ?? journey.body.broken ?? toHitherError(thrown)
    const { code, retry: mayRetry } = error
    over?.(mayRetry !== 'elsewhere')
    note(journey, { ...tried(code), message: inFull(error) })
    observeFailure(on, journey, sent, error)
    if (deadline.signal.aborted) throw withData(toHitherError(deadline.signal.reason), { attempts: journey.attempts })
    if (copy.dropped !== undefined) return undefined
    journey.tried.set(peer, saidOf(error))
    if (journey.body.broken !== undefined) throw withData(error, { attempts: journey.attempts })
    const failed = mayRetry === 'repeatable'
    if (!mayGoElsewhere(code, failed && (await repeatable(on, journey))))
      throw withData(error, { attempts: journey.attempts })
    journey.after = failed ? error : undefined
    return undefined
  } finally {
    on.presence.end()
  }
}

/** Where there is nothing to send, nobody is asked. */
function opened({ body, attempts }: Journey, hashed: boolean): Body {
  try {
    return body.open(hashed)
  } catch (thrown) {
    throw withData(toHitherError(thrown), { attempts })
  }
}

/** Only the author or the method can allow a repetition elsewhere; the manifest is asked for when it matters. */
export async function repeatable({ functions }: CallComponents, { header, deadline }: Journey): Promise<boolean> {
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
  const said: Said = { code: error.code, message: inFull(error) }
  if (error.fix !== undefined) said.fix = error.fix
  if (retryAfterMs !== undefined) said.retryAfterMs = retryAfterMs
  return said
}

function inFull({ message, why }: HitherError): string {
  return why === undefined ? message : `${message} (${why})`
}
