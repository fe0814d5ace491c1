import {
  hashRequest,
  HitherError,
  makeReceipt,
  saysWarm,
  toHitherError,
  type Answer,
  type CallHeader,
  type CID,
  type Clock,
  type Job,
  type Manifest,
  type PeerId,
  type PublisherId,
  type Runner,
  type RunnerState,
  type RunResult,
} from '@hither/core'
import type { Admission } from '../admission.ts'
import type { Functions } from '../functions.ts'
import { replays } from './replay.ts'
import type { Vouchers } from './vouchers.ts'

export interface ServeCallComponents {
  self: PeerId
  runner: Runner
  admission: Admission
  vouchers: Vouchers
  functions: Functions
  /** What this runner says of itself now. */
  state: () => RunnerState
  draining: () => boolean
  now: Clock
}

export type ServeCall = (
  from: PeerId,
  header: CallHeader,
  body: Uint8Array,
  options: { signal: AbortSignal },
) => Promise<Answer>

/**
 * The life of a call, on the runner's side. Up to step 4 everything that fails is a refusal: nothing has run.
 *
 * 1. does the owner's policy permit work now?
 * 2. whose function is it, by a signed record, and is that publisher admitted?
 * 3. was this very call, by its idempotency key, answered already?
 * 4. manifest and bundle, from the store or from whoever asks;
 * 5. the jail runs it;
 * 6. the answer gets its receipt.
 */
export function serveCall(on: ServeCallComponents): ServeCall {
  const answered = replays(on.now)

  return async (from, header, body, { signal }) => {
    checkPolicy(on)
    const publisher = await admittedPublisher(on, from, header)
    return answered.once(await replayKey(from, header, body), () => run(on, from, header, body, publisher, signal))
  }
}

function checkPolicy({ draining, state }: ServeCallComponents): void {
  if (draining()) throw new HitherError('draining', 'this runner is shutting down')
  if (!state().accepting) throw new HitherError('not-volunteering', 'this peer does not take work now')
}

async function admittedPublisher(
  { vouchers, admission }: ServeCallComponents,
  from: PeerId,
  { cid, publisher: claimed }: CallHeader,
): Promise<PublisherId | undefined> {
  const publisher = await vouchers.publisherOf(cid, claimed, from)
  if (admission.admits(publisher)) return publisher
  throw new HitherError('not-admitted', `this runner does not run code of ${publisher ?? 'unknown publishers'}`, {
    why:
      publisher === undefined ? 'nobody it knows vouches for the function' : 'its owner has not trusted that publisher',
    fix: `its owner can allow it with: fn trust add ${publisher ?? claimed ?? 'KEY'}`,
  })
}

async function run(
  on: ServeCallComponents,
  from: PeerId,
  header: CallHeader,
  body: Uint8Array,
  publisher: PublisherId | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  const startedAt = on.now()
  const manifest = await on.functions.manifest(header.cid, { from, signal })
  checkNeeds(on.runner, manifest)
  const code = await codeUnlessWarm(on, header.cid, manifest, { from, signal })
  const fetchMs = on.now() - startedAt

  const { method, url, headers, cid } = header
  const job: Job = {
    cid,
    manifest,
    code: async () => code ?? on.functions.code(manifest, { from, signal }),
    cordon: publisher ?? cid.toString(),
    request: { method, url, headers: withKey(headers, header.idempotencyKey) },
    body,
    remainingMs: Math.max(0, header.remainingMs - fetchMs),
  }
  const result = await runJob(on.runner, job, fetchMs, signal)
  return answerOf(on, header, body, result)
}

function checkNeeds({ grants }: Runner, { needs }: Manifest): void {
  const missing = needs.find((need) => !grants.includes(need))
  if (missing === undefined) return
  throw new HitherError('unsupported', `this runner's jail does not grant "${missing}"`, { data: { missing } })
}

/** A warm function needs no code; one that is cold here is read (or fetched) before the runner starts its clock. */
async function codeUnlessWarm(
  on: ServeCallComponents,
  cid: CID,
  manifest: Manifest,
  options: { from: PeerId; signal: AbortSignal },
): Promise<string | undefined> {
  return saysWarm(on.state(), cid) ? undefined : on.functions.code(manifest, options)
}

/** The handler sees the key, so that it can keep its own effects from happening twice. */
function withKey(headers: CallHeader['headers'], key: string | undefined): CallHeader['headers'] {
  return key === undefined
    ? headers
    : [...headers.filter(([name]) => name !== 'idempotency-key'), ['idempotency-key', key]]
}

async function runJob(runner: Runner, job: Job, fetchMs: number, signal: AbortSignal): Promise<RunResult> {
  try {
    const result = await runner.run(job, { signal })
    return { ...result, metrics: { ...result.metrics, fetchMs } }
  } catch (thrown) {
    const error = toHitherError(thrown)
    const metrics = error.data?.['metrics']
    if (metrics === undefined) throw error
    const { code, message, why, fix, data, cause } = error
    throw new HitherError(code, message, {
      ...(why !== undefined && { why }),
      ...(fix !== undefined && { fix }),
      data: { ...data, metrics: { ...metrics, fetchMs } },
      cause,
    })
  }
}

async function answerOf(
  on: ServeCallComponents,
  header: CallHeader,
  body: Uint8Array,
  result: RunResult,
): Promise<Answer> {
  const head = { status: result.status, headers: result.headers }
  const { method, url, headers } = header
  const receipt = await makeReceipt({
    cid: header.cid,
    runner: on.self,
    runMs: result.metrics.runMs,
    request: { method, url, headers },
    requestBody: body,
    response: head,
    responseBody: result.body,
  })
  return { head, body: result.body, trailer: { metrics: result.metrics, receipt, state: on.state() } }
}

/** The same call of the same caller: a key used again for another request means another call. */
async function replayKey(from: PeerId, header: CallHeader, body: Uint8Array): Promise<string | undefined> {
  const { cid, idempotencyKey } = header
  if (idempotencyKey === undefined) return undefined
  const request = await hashRequest(header, body)
  return JSON.stringify([from, cid.toString(), idempotencyKey, Buffer.from(request).toString('base64')])
}
