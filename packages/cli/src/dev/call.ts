import { isWhole, mayFail, toHitherError, watched, wholeShare, type Clock, type Job, type Runner } from '@hither/core'
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
}

type CallParams = Parameters<GatewayCall>[0]

/** Calls the newest version in the sandbox, as a runner would, and tells how it went. */
export function devCall({ runner, workbench, tell, now }: DevCallComponents): GatewayCall {
  return async (params, { signal }) => {
    const startedAt = now()
    const { method = 'GET', path = '/' } = params
    const failed = (thrown: unknown): Error => {
      const error = workbench.explained(toHitherError(thrown))
      // Who left knows it.
      if (signal?.aborted !== true) tell({ type: 'failed', method, path, ms: now() - startedAt, error })
      return error
    }
    try {
      const version = workbench.current()
      const result = await runner.run(jobOf(version, params), { ...(signal && { signal }) })
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
