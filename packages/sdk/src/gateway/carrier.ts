import { HitherError, within } from '@hither/core'
import type { Answer, CallInfo, Carrier } from '../carrier.ts'
import { RECEIPT_MS } from '../limits.ts'
import { functionPath } from './address.ts'
import { bodyOf } from './body.ts'
import { failureOf, unreached } from './failure.ts'
import { noReceipts, readKept, RECEIPT_TYPE } from './receipt.ts'
import { initOf } from './request.ts'

/** Calls through the gateway at a root URL. */
export function gatewayCarrier(root: string): Carrier {
  async function send(path: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
    try {
      // As with the other entry: redirects are answers, and there are no cookies but those that the app sends.
      return await fetch(`${root}${path}`, { ...init, signal, redirect: 'manual', credentials: 'omit' })
    } catch (thrown) {
      throw unreached(root, thrown, signal)
    }
  }

  return {
    async call(asked, signal) {
      const { target, path, deadlineMs } = asked.params
      // The gateway ends a call that is late; but it may be the gateway that is late.
      const late = deadlineMs === undefined ? undefined : within(deadlineMs, signal)
      const until = late?.signal ?? signal
      const over = (): void => late?.[Symbol.dispose]()
      try {
        const response = await send(`${functionPath(target)}${path}`, await initOf(asked), until)
        const failure = await failureOf(response)
        if (failure !== undefined) throw failure
        const answer = answerOf(root, response, until)
        answer.ended().then(over, over)
        return answer
      } catch (error) {
        over()
        throw error
      }
    },
    async receipt(call) {
      const path = `/-/receipt/${encodeURIComponent(call)}`
      const response = await send(path, { headers: { accept: RECEIPT_TYPE } }, AbortSignal.timeout(RECEIPT_MS))
      const failure = await failureOf(response)
      // A gateway that knows no receipts has nothing of this name.
      if (failure?.code === 'unknown-name') throw noReceipts(response)
      if (failure !== undefined) throw failure
      return readKept(response)
    },
    explain: async (stack) => stack,
    close: async () => {},
  }
}

function answerOf(root: string, response: Response, signal: AbortSignal): Answer<CallInfo> {
  if (response.type === 'opaqueredirect') {
    throw new HitherError('unsupported', 'the function answered with a redirect', {
      why: 'browsers do not show redirects to scripts',
      fix: 'let the function answer with the address in another way, or go there as a page',
    })
  }
  const info = { call: '', cid: '', peer: '' }
  for (const field of ['call', 'cid', 'peer'] as const) {
    const value = response.headers.get(`hither-${field}`)
    if (value === null) throw new HitherError('bad-answer', `what answers at ${root} is no gateway of hither`)
    info[field] = value
  }
  const { body, ended } = bodyOf(response, signal)
  return { status: response.status, headers: [...response.headers], body, info: () => info, ended: () => ended }
}
