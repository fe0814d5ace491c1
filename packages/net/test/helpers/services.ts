import { hash } from 'node:crypto'
import {
  cidOf,
  DEFAULT_LIMITS,
  digestOf,
  HitherError,
  hashRequest,
  makeReceipt,
  readWhole,
  WARM_HINT_BYTES,
  type Answer,
  type Body,
  type ByteStream,
  type CallHeader,
  type CID,
  type Manifest,
  type PeerId,
  type ResponseHead,
  type RunMetrics,
  type RunnerState,
  type Services,
  type StreamedAnswer,
  type WholeAnswer,
} from '@hither/core'

export const METRICS: RunMetrics = { fetchMs: 0, queueMs: 1, startMs: 2, runMs: 3, cpuMs: 1, cold: false }

export const STATE: RunnerState = {
  accepting: true,
  slots: 4,
  busy: 1,
  queued: 0,
  priceMs: 2,
  admits: 'anyone',
  tier: 'process',
  grants: ['wasm'],
  warm: new Uint8Array(WARM_HINT_BYTES),
}

export const NOTHING: Uint8Array<ArrayBuffer> = new Uint8Array(0)

export const someCid: CID = await cidOf(new TextEncoder().encode('a function'), 'raw')

export function header(changes: Partial<CallHeader> = {}): CallHeader {
  return {
    cid: someCid,
    method: 'POST',
    url: 'http://echo.localhost/path',
    headers: [['content-type', 'text/plain']],
    remainingMs: 10_000,
    hop: 0,
    ...changes,
  }
}

export const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(hash('sha256', bytes, 'buffer'))

/** A good answer with a receipt that holds. */
export async function answerOf(
  call: CallHeader,
  request: Body,
  body: Uint8Array,
  runner: PeerId,
): Promise<WholeAnswer & { head: ResponseHead }> {
  const head = { status: 200, headers: [['x-runner', runner]] as [string, string][] }
  const { method, url, headers } = call
  const receipt = makeReceipt(
    {
      cid: call.cid,
      runner,
      runMs: 3,
      cpuMs: 1,
      requestHash: hashRequest({ method, url, headers }, await digestOf(await readWhole(request)), sha256),
      response: head,
      responseDigest: await digestOf(body),
    },
    sha256,
  )
  return { head, body, trailer: { metrics: METRICS, receipt } }
}

/** An answer whose body is made piece by piece. Its receipt is for none. */
export async function streamOf(call: CallHeader, body: ByteStream): Promise<StreamedAnswer> {
  const { head, trailer } = await answerOf(call, NOTHING, NOTHING, 'runner')
  return { head, body, trailer: Promise.resolve(trailer) }
}

/** An answer with all of its body. */
export async function wholly(call: Promise<Answer>): Promise<WholeAnswer> {
  const { body, trailer, head } = await call
  return { ...(head && { head }), body: await readWhole(body), trailer: await trailer }
}

/** Answers with the request's body. */
export const echo: Services['call'] = async (from, call, body) => {
  const bytes = await readWhole(body)
  return answerOf(call, bytes, bytes, from)
}

/** A peer that echoes calls and has nothing else. */
export function services(changes: Partial<Services> = {}): Services {
  const { block = async () => undefined } = changes
  return {
    call: echo,
    block,
    blockSize: async (from, cid) => (await block(from, cid))?.length,
    name: async () => undefined,
    kit: async () => ({}),
    announce: async () => ({ kept: false }),
    admits: async () => false,
    secrets: async () => ({ kept: false }),
    state: () => STATE,
    ...changes,
  }
}

/** Of a function that has this bundle. */
export function manifestOf(bundle: CID): Manifest {
  return {
    bundle,
    exports: ['default'],
    limits: { ...DEFAULT_LIMITS },
    egress: [],
    effects: 'undeclared',
    needs: [],
    env: {},
    visibility: 'public',
    compat: '2026-01-01',
  }
}

/** Bytes that a chunk in the wrong place would show up in. */
export function pattern(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >> 8)) & 255
  return bytes
}

/** The error that a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<HitherError> {
  const thrown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(thrown instanceof HitherError)) throw new Error(`expected a HitherError, got ${String(thrown)}`)
  return thrown
}
