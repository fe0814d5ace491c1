import {
  BODY_MAX_BYTES,
  CALL_DEFAULT_MS,
  CALL_MAX_MS,
  HitherError,
  toHitherError,
  type CallProgress,
  type Options,
} from '@hither/core'
import type { CallParams, CallResult } from './api.ts'
import { attempt } from './call/attempt.ts'
import { requestHeader, type CallComponents, type Journey } from './call/journey.ts'
import { report } from './call/report.ts'
import { nextRoute } from './call/route.ts'
import { within } from './network.ts'

/**
 * The life of a call, on the caller's side:
 *
 * 1. the name is resolved to a function;
 * 2. the router chooses a runner, nearest first;
 * 3. the call is sent, its answer checked against its receipt, and what was seen teaches the router;
 * 4. after a refusal, or a failure that this call may repeat, the next runner is tried inside the same deadline;
 * 5. the answer is given with who ran it and where the time went.
 *
 * Throws what kept it from an answer: `no-runner`, `unknown-name`, `timeout`, the handler's own error, …
 */
export async function call(
  on: CallComponents,
  params: CallParams,
  options: Options<CallProgress>,
): Promise<CallResult> {
  const startedAt = on.now()
  const deadlineMs = readDeadline(params.deadlineMs)
  const signal = within(deadlineMs, options.signal)
  const onProgress = options.onProgress ?? (() => {})

  try {
    const resolved = await on.resolver.resolve(params.target, { signal })
    const manifest = await on.functions.local(resolved.cid)
    const resolveMs = on.now() - startedAt
    const { cid, record } = resolved
    onProgress({ type: 'call:resolved', cid: cid.toString(), ms: resolveMs, ...(record && { record }) })

    const journey: Journey = {
      resolved,
      header: requestHeader(params, resolved),
      body: readBody(params.body),
      needs: manifest?.needs ?? [],
      startedAt,
      endsAt: startedAt + deadlineMs,
      signal,
      attempts: [],
      resolveMs,
      routeMs: 0,
      onProgress,
    }
    for (;;) {
      const route = await nextRoute(on, journey)
      const answer = await attempt(on, journey, route)
      if (answer !== undefined) return report(on, journey, route, answer)
    }
  } catch (error) {
    throw toHitherError(error)
  }
}

function readDeadline(deadlineMs: number = CALL_DEFAULT_MS): number {
  if (deadlineMs > 0) return Math.min(deadlineMs, CALL_MAX_MS)
  throw new HitherError('usage', `a deadline of ${deadlineMs} ms has passed before the call began`)
}

function readBody(body: Uint8Array = new Uint8Array(0)): Uint8Array {
  if (body.length <= BODY_MAX_BYTES) return body
  throw new HitherError('too-large', `the request's body has ${body.length} bytes`, {
    why: `the limit is ${BODY_MAX_BYTES}`,
  })
}
