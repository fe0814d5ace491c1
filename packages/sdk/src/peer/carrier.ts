import { CALL_MAX_MS, isWhole, within } from '@hither/core'
import type { CallParams, CallResult } from '@hither/peer'
import type { Asked } from '../asked.ts'
import type { Answer, CallInfo, Carrier } from '../carrier.ts'
import { EXPLAIN_MAX_MS, LATE_PEER_MS } from '../limits.ts'
import { encodeBody, type EncodedBody } from './body.ts'
import type { Session, Sessions } from './sessions.ts'

/** What a peer knows of a call: where it went and why there, and in `report`, once its answer has ended, how it went. */
export interface PeerCallInfo extends CallInfo, Omit<CallResult, 'status' | 'headers' | 'body' | 'ended'> {}

/** Calls by a peer, whether it is in this process or another one of this machine. */
export function peerCarrier(sessions: Sessions): Carrier<PeerCallInfo> {
  return {
    async call(asked, signal) {
      const session = sessions.current()
      // At once while there is one: waiting for what is here is most of what that takes.
      const { api } = session instanceof Promise ? await session : session
      signal.throwIfAborted()
      const { deadlineMs } = asked.params
      if (deadlineMs === undefined) return callBy(api, asked, signal)
      // The peer ends a call that is late; but it may hang itself.
      const late = within(Math.min(deadlineMs, CALL_MAX_MS) + LATE_PEER_MS, signal)
      const over = (): void => late[Symbol.dispose]()
      try {
        const answer = await callBy(api, asked, late.signal)
        answer.ended().then(over, over)
        return answer
      } catch (error) {
        over()
        throw error
      }
    },
    async receipt(call) {
      const { api } = await sessions.current()
      return api.receipt({ call })
    },
    async explain(stack) {
      const { api } = await sessions.current()
      const readable = await api.explain({ stack }, { signal: AbortSignal.timeout(EXPLAIN_MAX_MS) })
      return readable.stack
    },
    close: () => sessions.close(),
  }
}

async function callBy(api: Session['api'], asked: Asked, signal: AbortSignal): Promise<Answer<PeerCallInfo>> {
  // Only now: from here on the request's stream is the call's to end.
  const encoded = encodeBody(asked.body)
  const params = paramsOf(asked, encoded instanceof Promise ? await encoded : encoded)
  const { onProgress } = asked
  const result = await api.call(params, onProgress === undefined ? { signal } : { signal, onProgress })
  const { status, headers, body } = result
  // The response has a copy: this one would live as long, for whoever may ask what is known of the call.
  if (isWhole(body)) result.body = NOTHING
  return { status, headers, body, info: () => infoOf(result), ended: () => result.ended }
}

const NOTHING = new Uint8Array(0)

function infoOf(result: CallResult): PeerCallInfo {
  const { status: _status, headers: _headers, body: _body, ended: _ended, ...info } = result
  // A getter, which is not among what is spread.
  return { ...info, report: result.report }
}

function paramsOf({ params, headers }: Asked, { body, type }: EncodedBody): CallParams {
  const pairs: CallParams['headers'] = [...headers]
  if (type !== undefined && !headers.has('content-type')) pairs.push(['content-type', type])
  const given: CallParams = { ...params, headers: pairs }
  if (body !== undefined) given.body = body
  return given
}
