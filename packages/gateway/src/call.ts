import { isWhole, toHitherError, type Clock } from '@hither/core'
import type { CallParams } from '@hither/peer'
import type { Logger } from 'pino'
import { inTurn } from './answer/in-turn.ts'
import { refuse } from './answer/refuse.ts'
import { sendAnswer } from './answer/send.ts'
import { Timing } from './answer/timing.ts'
import type { GatewayCall } from './api.ts'
import { requestBody } from './request/body.ts'
import { requestHeaders } from './request/headers.ts'
import { callOptions } from './request/options.ts'
import type { Exchange } from './server/server.ts'
import type { Place } from './site/site.ts'

export interface CallComponents {
  call: GatewayCall
  log: Logger
  now: Clock
}

/**
 * The life of a call over HTTP, once it is known which function is meant:
 *
 * 1. head and options are read, and the body where it is short;
 * 2. the peer calls the function, and is told when the client leaves;
 * 3. the answer's head goes out, with who runs it and how long it took so far, then its body as it comes.
 *
 * Throws what goes wrong before the answer's head.
 */
export async function callOverHttp(on: CallComponents, exchange: Exchange, place: Place): Promise<void> {
  const { req, res, left } = exchange
  const { target, path, host, sharesOrigin } = place
  const params: CallParams = {
    target,
    method: req.method ?? 'GET',
    path,
    headers: requestHeaders(req, host),
    keepName: false,
    ...callOptions(req),
  }
  const coming = requestBody(exchange)
  const body = coming instanceof Promise ? await coming : coming
  if (body !== undefined) params.body = body
  const timing = new Timing(on.now)
  const answer = await on.call(params, { signal: left, onProgress: (event) => timing.note(event) })
  // The handler may read on while it answers; behind the answer's head no client would be told to send what it reads.
  if (body !== undefined && !isWhole(answer.body)) exchange.goOn?.()
  const rest = sendAnswer(res, answer, { sharesOrigin, timing: timing.header() })
  if (rest !== undefined) await rest
}

/**
 * Ends a request that failed: with an answer of its own, or, where an answer had begun, by breaking off the connection, so that
 * nobody takes the part for the whole.
 */
export function fail(log: Logger, { req, res }: Exchange, thrown: unknown): void {
  const error = toHitherError(thrown)
  if (error.code === 'internal') log.error({ err: error }, 'a request failed by a fault of the gateway or its peer')
  if (res.destroyed) return
  if (!res.headersSent) {
    refuse(req, res, error)
    return
  }
  log.debug({ err: error }, 'an answer broke off')
  inTurn(res, () => {
    // Where no length or coding says where a body ends, its end is that of the connection. Only a reset is none.
    if (req.httpVersion === '1.0') req.socket.resetAndDestroy()
    else req.socket.destroy()
  })
}
