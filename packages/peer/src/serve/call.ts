import {
  isRepeatable,
  isWhole,
  usualRefusal,
  type Answer,
  type CallHeader,
  type Clock,
  type Job,
  type PeerId,
  type PublisherId,
  type Runner,
  type Services,
} from '@hither/core'
import type { Logger } from 'pino'
import { digested, digestWhole, type DigestedBody } from '../digest.ts'
import { replayKey } from '../replay-key.ts'
import type { Timers } from '../timers.ts'
import { admit, shareOf, type AdmitComponents } from './admit.ts'
import { answerOf, withFetchTime, type AnswerComponents } from './answer.ts'
import { hashedRequest } from './own-proof.ts'
import { prepare, type PrepareComponents } from './prepare.ts'
import { secretsFor, type GiveSecretsComponents } from './secrets.ts'
import { replays, type Run } from './replay.ts'

export interface ServeCallComponents
  extends AdmitComponents, PrepareComponents, AnswerComponents, GiveSecretsComponents {
  log: Pick<Logger, 'debug'>
  /** Runs a job on the runner. */
  run: Runner['run']
  draining: () => boolean
  /** The owner's policy permits work now. */
  taking: () => boolean
  /** A call has come that it permits. Resolves when it is known whether it still does, where that takes a look. */
  called: () => Promise<void> | undefined
  now: Clock
  timers: Timers
}

/**
 * The life of a call, on the runner's side. Up to step 4 everything that fails is a refusal: nothing has run.
 *
 * 1. does the owner's policy permit work now?
 * 2. whose function is it, by a signed record, and is that publisher admitted?
 * 3. was this very call, by its idempotency key, answered already?
 * 4. manifest and bundle, from the store or from whoever asks, and the secrets that its publisher gave for it;
 * 5. the jail runs it;
 * 6. the answer gets its receipt at its end, which of a streamed one comes later.
 */
export function serveCall(on: ServeCallComponents): Services['call'] {
  const answered = replays(on)
  return async (from, header, body, { signal, waitMs }) => {
    const startedAt = on.now()
    const { cid, trace } = header
    if (trace !== undefined) on.log.debug({ trace, from, cid: cid.toString() }, 'a call of a trace')
    checkPolicy(on)
    const looking = on.called()
    if (looking !== undefined) {
      await looking
      checkPolicy(on)
    }
    const admitted = admit(on, from, header, signal)
    const publisher = admitted instanceof Promise ? await admitted : admitted
    const request = digested(body)
    const run: Run = (ends) => runCall(on, { from, header, request, publisher, startedAt, waitMs, signal: ends })
    // What may run twice by its method is run again, however much it answers: its caller was never bound to one runner.
    const once = header.idempotencyKey !== undefined && !isRepeatable(header.method)
    const key = once ? replayKey(header, isWhole(body) ? digestWhole(body) : undefined) : undefined
    const asked = { key, streamed: !isWhole(body), remainingMs: header.remainingMs }
    return await answered.once(from, asked, run, signal)
  }
}

interface Served {
  from: PeerId
  header: CallHeader
  request: DigestedBody
  publisher: PublisherId | undefined
  startedAt: number
  waitMs: number | undefined
  signal: AbortSignal
}

function checkPolicy({ draining, taking }: ServeCallComponents): void {
  if (draining()) throw usualRefusal('stopping')
  if (!taking()) throw usualRefusal('notVolunteering')
}

async function runCall(on: ServeCallComponents, call: Served): Promise<Answer> {
  const { from, header, request, publisher, startedAt, waitMs, signal } = call
  const { cid, method, url, headers, idempotencyKey, remainingMs } = header
  const profile = on.admission.profile(publisher)
  const prepared = prepare(on, cid, profile, { from, signal, remainingMs })
  const { manifest, code } = prepared instanceof Promise ? await prepared : prepared
  const given = secretsFor(on, manifest, call)
  const secrets = given instanceof Promise ? await given : given
  const fetchMs = on.now() - startedAt
  const job: Job = {
    cid,
    manifest,
    code,
    cordon: publisher ?? cid.toString(),
    profile,
    caller: from,
    share: () => shareOf(on.admission, { publisher, from, profile }),
    request: { method, url, headers: withKey(headers, idempotencyKey) },
    body: request.body,
    remainingMs: Math.max(0, remainingMs - fetchMs),
    waitMs,
  }
  if (secrets !== undefined) job.secrets = secrets
  // The owner may have come back while it was made ready.
  checkPolicy(on)
  try {
    const running = on.run(job, { signal })
    const whole = isWhole(request.body)
    const hashed = hashedRequest(header, request, whole)
    // Few ask for a receipt of what this peer runs for itself; for others there is time while the jail has it.
    if (from !== on.self && whole) hashed.hash()
    return answerOf(on, { from, header, request: hashed, fetchMs }, await running)
  } catch (thrown) {
    throw withFetchTime(thrown, fetchMs)
  }
}

/** The handler sees the key, so that it can keep its own effects from happening twice. */
function withKey(headers: CallHeader['headers'], key: string | undefined): CallHeader['headers'] {
  if (key === undefined) return headers
  return [...headers.filter(([name]) => name.toLowerCase() !== 'idempotency-key'), ['idempotency-key', key]]
}
