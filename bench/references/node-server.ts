import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

/** node:http in front of a handler, as a small adapter does it: `node node-server.ts HANDLER PORT`. */

interface Handler {
  fetch(request: Request): Response | Promise<Response>
}

const [, , file = '', port = ''] = process.argv
const { default: handler } = (await import(pathToFileURL(file).href)) as { default: Handler }

createServer((req, res) => {
  answer(req, res).catch((error: unknown) => res.destroy(error instanceof Error ? error : undefined))
}).listen(Number(port), '127.0.0.1')

async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { method = 'GET', url = '/', headers } = req
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const response = await handler.fetch(
    new Request(`http://${headers.host}${url}`, {
      method,
      headers: headers as Record<string, string>,
      ...(hasBody && { body: Readable.toWeb(req) as ReadableStream, duplex: 'half' }),
    }),
  )
  res.statusCode = response.status
  res.setHeaders(response.headers)
  if (response.body === null) res.end()
  else await send(res, response.body.getReader())
}

/** What is over with its first piece goes out whole, with its length, as usual adapters do it. */
async function send(res: ServerResponse, body: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  let piece = await body.read()
  let next = body.read()
  const soon = await Promise.race([next, setImmediate()])
  if (soon?.done === true) {
    res.end(piece.value)
    return
  }
  while (!piece.done) {
    if (!res.write(piece.value)) await once(res, 'drain')
    piece = await next
    next = body.read()
  }
  res.end()
}
