import { HitherError, readWhole, WHOLE_BODY_MAX_BYTES, type Body } from '@hither/core'
import { inTurn } from '../answer/in-turn.ts'
import { WHOLE_BODY_MS } from '../limits.ts'
import type { Exchange } from '../server/server.ts'

/** A request's body: whole where it says that it is short, else as it comes in. Undefined where there is none. */
export function requestBody(exchange: Exchange): Body | undefined | Promise<Body> {
  const { 'content-length': length, 'transfer-encoding': coding } = exchange.req.headers
  if (coding === undefined && Number(length ?? 0) === 0) return undefined
  const pieces = asItComes(exchange)
  return Number(length ?? Infinity) > WHOLE_BODY_MAX_BYTES ? pieces : whole(exchange, pieces)
}

async function whole({ req, res }: Exchange, pieces: Body): Promise<Body> {
  let late: NodeJS.Timeout | undefined
  let read = false
  // Before, the client may not have been told to send it, nor Node read what it sent; and it would lose the answers in front.
  inTurn(res, () => {
    if (!read) late = setTimeout(() => req.destroy(), WHOLE_BODY_MS)
  })
  try {
    return await readWhole(pieces)
  } finally {
    read = true
    clearTimeout(late)
  }
}

/** Nothing is read before it is asked for, and nothing more when it is left: then the client waits, and TCP with it. */
async function* asItComes({ req, goOn }: Exchange): AsyncGenerator<Uint8Array, void, void> {
  goOn?.()
  try {
    // To destroy the request would be to close the connection, which the answer still needs.
    yield* req.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>
  } catch (cause) {
    throw new HitherError('cancelled', 'the client went away before its request was complete', { cause })
  }
}
