import type { LogLine, WireError } from '@hither/core'
import { onTestFinished } from 'vitest'
import type { Guest, GuestCall, GuestLimits, GuestOutcome, GuestRequest, GuestResponse } from '../../src/child/guest.ts'
import { loadGuest } from '../../src/child/isolate.ts'

type Caller<Result> = (request?: Partial<GuestRequest>, limits?: Partial<GuestLimits>) => Result

export interface Started {
  guest: Guest
  logs: Omit<LogLine, 'cid'>[]
  /** Resolves with what `done` was called with; fails on a second time. */
  call: Caller<Promise<GuestOutcome> & { handle: GuestCall }>
  /** The answer, where there is one. */
  fetch: Caller<Promise<Answered>>
  /** The error, where there is none. */
  fail: Caller<Promise<WireError>>
}

interface Answered extends GuestResponse {
  text: string
}

const REQUEST: GuestRequest = { method: 'GET', url: 'http://fn.localhost/', headers: [], body: new Uint8Array(0) }
const LIMITS: GuestLimits = { cpuMs: 5000, bodyBytes: 1024 * 1024 }

/** Loads a bundle for one test. */
export function start(code: string, init: { env?: Record<string, string>; memoryMb?: number } = {}): Started {
  const logs: Started['logs'] = []
  const guest = loadGuest({
    code,
    name: 'test',
    env: init.env ?? {},
    memoryMb: init.memoryMb ?? 64,
    onLog: (line) => logs.push(line),
    onCatastrophe: (message) => logs.push({ level: 'error', text: `catastrophe: ${message}` }),
  })
  onTestFinished(() => guest.dispose())

  const call: Started['call'] = (request = {}, limits = {}) => {
    const { promise, resolve, reject } = Promise.withResolvers<GuestOutcome>()
    let times = 0
    const handle = guest.invoke({ ...REQUEST, ...request }, { ...LIMITS, ...limits }, (outcome) => {
      times += 1
      if (times === 1) resolve(outcome)
      else reject(new Error('done was called twice'))
    })
    return Object.assign(promise, { handle })
  }
  return {
    guest,
    logs,
    call,
    async fetch(request, limits) {
      const outcome = await call(request, limits)
      if ('error' in outcome) throw new Error(`it failed: ${JSON.stringify(outcome.error)}`)
      return { ...outcome.response, text: new TextDecoder().decode(outcome.response.body) }
    },
    async fail(request, limits) {
      const outcome = await call(request, limits)
      if ('response' in outcome) throw new Error(`it answered ${outcome.response.status}`)
      return outcome.error
    },
  }
}

/** Calls that run the code as the body of an async handler. */
export function startHandler(body: string, init?: Parameters<typeof start>[1]): Started {
  return start(`export default async function (request, env, ctx) { ${body} }`, init)
}
