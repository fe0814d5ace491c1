import { encodeMessage, HitherError, toHitherError } from '@hither/core'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { errorAnswer } from '../answer/refuse.ts'
import type { GatewayPeer } from '../api.ts'
import type { Exchange } from '../server/server.ts'
import { addressOf } from '../site/address.ts'
import { onlyForItsUser } from './guard.ts'
import { metrics } from './metrics.ts'
import { page } from './page.ts'

/** What the gateway tells about itself and its peer, to read only: nothing can be changed over HTTP. */
export function management(peer: GatewayPeer): (exchange: Exchange) => Promise<void> {
  const app = new Hono<{ Bindings: HttpBindings }>()
    .use(onlyForItsUser)
    .get('/', async ({ html, env }) => html(page(await peer.list(), portOf(env))))
    .get('/-/status', async ({ body, env }) => {
      const status = { ...(await peer.status()), gateway: addressOf(portOf(env)) }
      return body(JSON.stringify(status, plain), 200, { 'content-type': 'application/json' })
    })
  app.get('/-/metrics', async ({ body }) => {
    const status = await peer.status()
    // Who asks for peers waits for the first; whoever counts them takes none for an answer.
    const links = status.peers === 0 ? [] : await peer.peers()
    const text = metrics({ status, links, memoryBytes: process.memoryUsage.rss() })
    return body(text, 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
  })
  app.get('/-/receipt/:call', async ({ body, req }) => {
    const kept = await peer.receipt({ call: req.param('call') })
    return body(Uint8Array.from(encodeMessage(kept)), 200, { 'content-type': 'application/cbor' })
  })
  app.notFound(({ req }) => {
    throw new HitherError('unknown-name', `nothing is at ${req.path} to ${req.method}`, {
      fix: 'functions are at http://NAME.localhost or /fn/NAME/; / lists those that are known',
    })
  })
  app.onError((thrown, { req, body }) => {
    const { status, headers, text } = errorAnswer(toHitherError(thrown), req.header('accept'))
    return body(text, { status: status as ContentfulStatusCode, headers: Object.fromEntries(headers) })
  })
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false })
  return ({ req, res }) => listener(req, res)
}

function portOf({ incoming }: HttpBindings): number {
  return incoming.socket.localPort ?? 0
}

/** Bytes in JSON are base64url, as everywhere in hither. */
function plain(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64url') : value
}
