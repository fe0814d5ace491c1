import { readWhole } from '@hither/core'
import { connectControl, homePaths, type CallParams, type PeerApi } from '@hither/peer'
import { onTestFinished } from 'vitest'

/** What the lab looks at in an answer. */
export interface Answered {
  status: number
  body: string
  /** Who ran it. */
  peer: string
  attempts: number
  /** From the question to the whole answer, and when that was, in ms. */
  ms: number
  at: number
}

/** A running peer, spoken to over its control socket: no process for each call. Closed with the test. */
export async function controlOf(home: string): Promise<PeerApi> {
  const control = await connectControl(homePaths(home).socket)
  if (control === undefined) throw new Error(`no peer runs in ${home}`)
  onTestFinished(() => control.close())
  return control
}

/** Makes a call. The one place in the lab that knows what an answer looks like. */
export async function call(api: PeerApi, params: CallParams, signal?: AbortSignal): Promise<Answered> {
  const askedAt = performance.now()
  const { status, body, peer, attempts } = await api.call(params, signal === undefined ? {} : { signal })
  const text = new TextDecoder().decode(await readWhole(body))
  const at = performance.now()
  return { status, body: text, peer, attempts: attempts.length, ms: at - askedAt, at }
}
