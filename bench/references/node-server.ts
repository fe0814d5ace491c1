import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
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
  res.writeHead(response.status, Object.fromEntries(response.headers))
  for await (const piece of response.body ?? []) if (!res.write(piece)) await once(res, 'drain')
  res.end()
}
