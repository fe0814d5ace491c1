import { readWhole, toHitherError } from '@hither/core'
import { connectControl, homePaths, type CallParams, type PeerApi } from '@hither/peer'
import { onTestFinished } from 'vitest'
import type { AtEnd } from '../../support/network.ts'

/** What the lab looks at in an answer. */
export interface Answered {
  status: number
  body: string
  /** What the answer says it is the answer to. */
  errand?: string
  /** Who ran it. */
  peer: string
  attempts: number
  /** Of those, how many came to nothing by themselves: a copy that another was faster than did not. */
  failures: number
  /** From the question to the whole answer, and when that was, in ms. */
  ms: number
  at: number
}

/** What became of a call. */
export type Outcome = Answered | { failed: string; why: string; ms: number; at: number }

/** A running peer, spoken to over its control socket: no process for each call. */
export async function controlOf(home: string, atEnd: AtEnd = onTestFinished): Promise<PeerApi> {
  const control = await connectControl(homePaths(home).socket)
  if (control === undefined) throw new Error(`no peer runs in ${home}`)
  atEnd(() => control.close())
  return control
}

/** Makes a call. The one place in the lab that knows what an answer looks like. */
export async function call(api: PeerApi, params: CallParams, signal?: AbortSignal): Promise<Answered> {
  const began = performance.now()
  const { status, body, headers, peer, attempts } = await api.call(params, signal === undefined ? {} : { signal })
  const text = new TextDecoder().decode(await readWhole(body))
  const at = performance.now()
  const [, errand] = headers.find(([name]) => name === 'errand') ?? []
  return {
    status,
    body: text,
    peer,
    attempts: attempts.length,
    failures: attempts.filter(({ outcome }) => outcome !== 'answered' && outcome !== 'cancelled').length,
    ms: at - began,
    at,
    ...(errand !== undefined && { errand }),
  }
}

/** Makes a call that may fail. */
export async function tried(calling: () => Promise<Answered>): Promise<Outcome> {
  const began = performance.now()
  try {
    return await calling()
  } catch (thrown) {
    const at = performance.now()
    const error = toHitherError(thrown)
    return { failed: error.code, why: `${error.message}; ${error.why ?? ''}`, ms: at - began, at }
  }
}

export function isAnswered(outcome: Outcome): outcome is Answered {
  return 'status' in outcome && outcome.status === 200
}

export function askedAt({ at, ms }: Outcome): number {
  return at - ms
}
