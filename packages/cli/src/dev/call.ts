import {
  encodeScheduled,
  isWhole,
  mayFail,
  SCHEDULED_HEADER,
  toHitherError,
  watched,
  wholeShare,
  type Clock,
  type Job,
  type Runner,
  type Scheduled,
} from '@hither/core'
import type { GatewayCall } from '@hither/gateway'
import type { DevEvent } from './events.ts'
import type { Version } from './version.ts'
import type { Workbench } from './workbench.ts'

/** All versions are of one author, so they share a process. */
const CORDON = 'dev'
const SHARE = wholeShare(CORDON)

export interface DevCallComponents {
  runner: Runner
  workbench: Workbench
  tell: (event: DevEvent) => void
  now: Clock
  /** Ms since 1970. */
  wallClock: Clock
}

type CallParams = Parameters<GatewayCall>[0]

/** Calls the newest version in the sandbox, as a runner would, and tells how it went. */
export function devCall({ runner, workbench, tell, now, wallClock }: DevCallComponents): GatewayCall {
  return async (params, { signal }) => {
    const startedAt = now()
    const { method = 'GET', path = '/' } = params
    const event = eventIn(path, wallClock())
    const failed = (thrown: unknown): Error => {
      const error = workbench.explained(toHitherError(thrown))
      // Who left knows it.
      if (signal?.aborted !== true) tell({ type: 'failed', method, path, ms: now() - startedAt, error })
      return error
    }
    try {
      const version = workbench.current()
      const result = await runner.run(jobOf(version, event === undefined ? params : scheduledParams(params, event)), {
        ...(signal && { signal }),
      })
      const { status, headers, body } = result
      tell({ type: 'answered', method, path, status, ms: now() - startedAt })
      const answer = { cid: version.cid.toString(), status, headers }
      if (isWhole(body)) return { ...answer, body }
      // Whoever reads the body hears of its end.
      void mayFail(Promise.resolve(result.metrics))
      return { ...answer, body: watched(body, { broke: failed }) }
    } catch (thrown) {
      throw failed(thrown)
    }
  }
}

/** Browsers and curl fire a cron by this path, as with other tools for workers. */
const SCHEDULED_PATH = '/__scheduled'

function eventIn(path: string, now: number): Scheduled | undefined {
  const url = new URL(path, 'http://localhost')
  if (url.pathname !== SCHEDULED_PATH) return undefined
  const time = Number(url.searchParams.get('time') ?? Number.NaN)
  return { cron: url.searchParams.get('cron') ?? '', scheduledTime: Number.isSafeInteger(time) ? time : now }
}

function scheduledParams({ headers = [], ...params }: CallParams, event: Scheduled): CallParams {
  return { ...params, method: 'POST', path: '/', headers: [...headers, [SCHEDULED_HEADER, encodeScheduled(event)]] }
}

function jobOf({ cid, manifest, text }: Version, params: CallParams): Job {
  const { method = 'GET', path = '/', headers = [], body = new Uint8Array(0), deadlineMs } = params
  const host = headers.find(([name]) => name === 'host')?.[1] ?? 'localhost'
  return {
    cid,
    manifest,
    code: async () => text,
    cordon: CORDON,
    profile: 'trusted',
    caller: CORDON,
    share: () => SHARE,
    request: { method, url: `http://${host}${path}`, headers },
    body,
    remainingMs: deadlineMs ?? manifest.limits.wallMs,
  }
}
