import { toHitherError, type CallProgress, type Options } from '@hither/core'
import type { CallParams, CallResult } from './api.ts'
import { attempt } from './call/attempt.ts'
import { deadline } from './call/deadline.ts'
import { requestHeader, type CallComponents, type Journey } from './call/journey.ts'
import { result } from './call/report.ts'
import { requestBody } from './call/request-body.ts'
import { nextRoute } from './call/route.ts'

/**
 * The life of a call, on the caller's side:
 *
 * 1. the name is resolved to a function;
 * 2. the router chooses a runner, nearest first;
 * 3. the call is sent;
 * 4. after a refusal, or a failure that this call may repeat, the next runner is tried inside the same deadline;
 * 5. the answer is given as soon as it is here, or begins, with who runs it;
 * 6. at its end it is checked against its receipt, which is kept, and what was seen teaches the router.
 *
 * Throws what kept it from an answer: `no-runner`, `unknown-name`, `timeout`, the handler's own error, …
 */
export async function call(
  on: CallComponents,
  params: CallParams,
  options: Options<CallProgress>,
): Promise<CallResult> {
  const body = requestBody(params.body)
  let until: Journey['deadline'] | undefined
  const over = (): void => {
    until?.stop()
    body.leave()
  }
  try {
    until = deadline({ deadlineMs: params.deadlineMs, signal: options.signal, now: on.now })
    const journey: Journey = { ...(await begin(on, params, options, until)), body }
    for (;;) {
      const route = await nextRoute(on, journey)
      const answer = await attempt(on, journey, route)
      if (answer === undefined) continue
      until.begun()
      answer.end.then(over, over)
      return result(on, journey, route, answer)
    }
  } catch (error) {
    over()
    throw toHitherError(error)
  }
}

async function begin(
  on: CallComponents,
  params: CallParams,
  options: Options<CallProgress>,
  until: Journey['deadline'],
): Promise<Omit<Journey, 'body'>> {
  const startedAt = on.now()
  const onProgress = listener(options)
  const resolved = await on.resolver.resolve(params.target, { signal: until.signal })
  const manifest = await on.functions.local(resolved.cid)
  if (manifest !== undefined) until.allow(manifest.limits.wallMs)
  const resolveMs = on.now() - startedAt
  const { cid, record } = resolved
  onProgress({ type: 'call:resolved', cid: cid.toString(), ms: resolveMs, ...(record && { record }) })
  return {
    call: on.newId(),
    resolved,
    header: requestHeader(params, resolved),
    needs: manifest?.needs ?? [],
    prefer: params.prefer ?? [],
    avoid: params.avoid ?? [],
    ...(params.tier !== undefined && { tier: params.tier }),
    startedAt,
    deadline: until,
    attempts: [],
    tried: new Map(),
    patience: { waitMs: params.waitMs },
    resolveMs,
    routeMs: 0,
    onProgress,
  }
}

/** What a listener throws is its own affair, and must not end up as a failure of the call or of its runner. */
function listener({ onProgress }: Options<CallProgress>): Journey['onProgress'] {
  return (event) => {
    try {
      onProgress?.(event)
    } catch (thrown) {
      queueMicrotask(() => {
        throw thrown
      })
    }
  }
}
