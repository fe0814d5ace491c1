import { decodeScheduled, SCHEDULED_HEADER, type Scheduled } from '@hither/core/scheduled'
import type { HeadersList } from 'undici/lib/web/fetch/headers.js'
import { Response } from 'undici/lib/web/fetch/response.js'
import { nothing } from '../primordials.ts'
import { noHandler } from './rpc.ts'

type Handle = (event: unknown, env: unknown, context: unknown) => unknown

/** What a request with these headers is called for by a clock; undefined for one that is not. Such never reach `fetch`. */
export function eventOf(headers: HeadersList): Scheduled | undefined {
  const text = headers.get(SCHEDULED_HEADER, true)
  return text === null ? undefined : decodeScheduled(text)
}

/** Calls the handler's `scheduled`. What it throws is the call's failure. */
export async function answerEvent(
  scheduled: Handle | undefined,
  { cron, scheduledTime }: Scheduled,
  env: unknown,
  context: unknown,
): Promise<unknown> {
  if (scheduled === undefined) return noHandler('this function has no `scheduled`, which a clock could call\n')
  // Nothing is called twice for one time, so there is nothing to call off.
  await scheduled({ type: 'scheduled', cron, scheduledTime, noRetry: nothing }, env, context)
  return new Response('', { status: 200, headers: {} })
}
