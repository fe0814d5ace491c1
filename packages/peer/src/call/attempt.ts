import {
  checkReceipt,
  fromWire,
  HitherError,
  isRepeatable,
  mayGoElsewhere,
  toHitherError,
  type Answer,
  type PeerId,
} from '@hither/core'
import type { Attempt } from '../api.ts'
import { RTT_SAMPLE_MAX_BYTES, RTT_SAMPLE_MIN_SHARE } from '../limits.ts'
import type { CallComponents, ChosenRoute, CompleteAnswer, Journey } from './journey.ts'
import { runnerMs } from './report.ts'

/** One try. Undefined: it came to nothing, and the call may go elsewhere. Throws where it may not. */
export async function attempt(
  on: CallComponents,
  journey: Journey,
  { choice: peer, candidates }: ChosenRoute,
): Promise<CompleteAnswer | undefined> {
  const { header, body, signal, endsAt } = journey
  const { cid } = header
  const sentAt = on.now()
  const predictedMs = candidates.find((candidate) => candidate.peer === peer)?.predicted.totalMs ?? 0
  on.placement.observe({ type: 'sent', peer, cid }, sentAt)
  try {
    const remainingMs = Math.max(0, endsAt - sentAt)
    const answer = await on.send(peer, { ...header, remainingMs }, body, { signal })
    const complete = await checkAnswer(answer, journey, peer)
    const ms = on.now() - sentAt
    journey.attempts.push({ peer, predictedMs, ms, outcome: 'answered' })
    learn(on, journey, peer, complete, ms)
    journey.onProgress({ type: 'call:answered', peer, status: complete.head.status })
    return complete
  } catch (thrown) {
    const error = toHitherError(thrown)
    const { code } = error
    journey.attempts.push({ peer, predictedMs, ms: on.now() - sentAt, outcome: code, message: inFull(error) })
    reportFailure(on, journey, peer, error)
    if (signal.aborted) throw withAttempts(toHitherError(signal.reason), journey.attempts)
    if (!mayGoElsewhere(code, error.retry === 'repeatable' && (await repeatable(on, journey)))) {
      throw withAttempts(error, journey.attempts)
    }
    return undefined
  }
}

/** An answer with head and receipt that fits what was asked. Throws the handler's error, or `bad-answer`. */
async function checkAnswer({ head, trailer, body }: Answer, journey: Journey, runner: PeerId): Promise<CompleteAnswer> {
  const { error, receipt } = trailer
  if (error !== undefined) throw fromWire(error)
  if (head === undefined || receipt === undefined) {
    throw new HitherError('bad-answer', 'the answer ended without a head or a receipt')
  }
  const { cid, method, url, headers } = journey.header
  await checkReceipt(receipt, {
    cid,
    runner,
    runMs: receipt.runMs,
    request: { method, url, headers },
    requestBody: journey.body,
    response: head,
    responseBody: body,
  })
  return { head, body, trailer: { ...trailer, receipt } }
}

/**
 * The time on the way is what is left when the runner's own share is taken off the measured whole. Its word is a hint, which
 * must fit what heartbeats measured: else a runner could lie itself near. Large bodies say more about bandwidth than about
 * distance, and are left out.
 */
function learn(
  on: CallComponents,
  journey: Journey,
  peer: PeerId,
  { trailer, body }: CompleteAnswer,
  ms: number,
): void {
  const { placement, links, now } = on
  const { replayed, receipt, metrics: told, state } = trailer
  const metrics = replayed === true ? { ...told, runMs: receipt.runMs } : told
  placement.observe({ type: 'answered', peer, cid: journey.header.cid, metrics }, now())
  if (state !== undefined) placement.observe({ type: 'state', peer, state }, now())
  const onTheWayMs = ms - runnerMs(told)
  const measuredMs = links.list().find((link) => link.peer === peer)?.rttMs ?? Infinity
  const small = journey.body.length + body.length <= RTT_SAMPLE_MAX_BYTES
  if (small && peer !== links.self && onTheWayMs >= measuredMs * RTT_SAMPLE_MIN_SHARE) {
    placement.observe({ type: 'rtt', peer, ms: onTheWayMs }, now())
  }
}

function reportFailure(
  on: CallComponents,
  journey: Journey,
  peer: PeerId,
  { code, message, retry }: HitherError,
): void {
  const { cid, publisher } = journey.header
  // An unreachable peer refused nothing: it failed.
  const type = retry === 'elsewhere' && code !== 'peer-unreachable' ? 'refused' : 'failed'
  on.placement.observe({ type, peer, cid, ...(publisher !== undefined && { publisher }), code }, on.now())
  journey.onProgress({ type: `call:${type}`, peer, code, message })
}

/** Only the author or the method can allow a repetition; the manifest is asked for when it matters. */
async function repeatable({ functions }: CallComponents, { header, signal }: Journey): Promise<boolean> {
  if (isRepeatable(header.method)) return true
  try {
    const { effects } = await functions.manifest(header.cid, { signal })
    return isRepeatable(header.method, effects)
  } catch {
    // Without its manifest nobody can say that the function may run twice.
    return false
  }
}

function inFull({ message, why }: HitherError): string {
  return why === undefined ? message : `${message} (${why})`
}

function withAttempts(error: HitherError, attempts: Attempt[]): HitherError {
  const { code, message, why, fix, data } = error
  return new HitherError(code, message, {
    ...(why !== undefined && { why }),
    ...(fix !== undefined && { fix }),
    data: { ...data, attempts },
    cause: error,
  })
}
