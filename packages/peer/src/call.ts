import { toHitherError, type CallProgress, type Options } from '@hither/core'
import type { CallParams } from './api.ts'
import { firstAnswer } from './call/copies.ts'
import { deadline } from './call/deadline.ts'
import { requestHeader, type CallComponents, type Journey } from './call/journey.ts'
import { answered, type Answered } from './call/report.ts'
import { requestBody } from './call/request-body.ts'
import { nextRoute } from './call/route.ts'
import { telling, type Telling } from './call/story.ts'
import { wantsOf } from './call/wants.ts'

/**
 * The life of a call, on the caller's side:
 *
 * 1. the name is resolved to a function;
 * 2. the router chooses a runner, nearest first;
 * 3. the call is sent, and a second copy where the answer is late and it may run twice;
 * 4. after a refusal, or a failure that this call may repeat, the next runner is tried inside the same deadline;
 * 5. the answer is given as soon as it is here, or begins, with who runs it;
 * 6. at its end it is checked against its receipt, which is kept, and what was seen teaches the router.
 *
 * Throws what kept it from an answer: `no-runner`, `unknown-name`, `timeout`, the handler's own error, …
 */
export async function call(on: CallComponents, params: CallParams, options: Options<CallProgress>): Promise<Answered> {
  const body = requestBody(params.body)
  const told = telling(on, params, options)
  let until: Journey['deadline'] | undefined
  let journey: Journey | undefined
  const over = (): void => {
    until?.stop()
    body.leave()
  }
  try {
    until = deadline({ deadlineMs: params.deadlineMs, signal: options.signal, now: on.now })
    journey = await begin(on, params, told, { body, deadline: until })
    for (;;) {
      const won = await firstAnswer(on, journey, await nextRoute(on, journey))
      if (won === undefined) continue
      until.begun()
      const answer = answered(on, journey, won)
      if (answer.end instanceof Promise) answer.end.then(over, over)
      else over()
      told.answered(journey, answer)
      return answer
    }
  } catch (error) {
    over()
    throw told.failed(journey, toHitherError(error))
  }
}

async function begin(
  on: CallComponents,
  params: CallParams,
  { call: id, onProgress }: Telling,
  { body, deadline: until }: Pick<Journey, 'body' | 'deadline'>,
): Promise<Journey> {
  const startedAt = on.now()
  const resolved = await on.resolver.resolve(params.target, { signal: until.signal })
  const manifest = await on.functions.local(resolved.cid)
  const bundleBytes = manifest && (await on.functions.bundleBytes(manifest))
  if (manifest !== undefined) until.allow(manifest.limits.wallMs)
  const resolveMs = on.now() - startedAt
  const { cid, record } = resolved
  onProgress({ type: 'call:resolved', cid: cid.toString(), ms: resolveMs, ...(record && { record }) })
  return {
    call: id,
    resolved,
    header: requestHeader(params, resolved),
    body,
    wants: wantsOf(params, resolved, body, { manifest, bundleBytes, aliases: on.aliases }),
    hedge: params.hedge,
    hedged: false,
    after: undefined,
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
