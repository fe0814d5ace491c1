import { request, type IncomingMessage } from 'node:http'
import type { Started } from './gateway.ts'

export interface Asking {
  host?: string
  path?: string
  method?: string
  /** A list keeps its order and its duplicates. */
  headers?: Record<string, string> | string[]
  body?: string | Uint8Array
}

export interface Answered {
  status: number
  headers: IncomingMessage['headers']
  rawHeaders: [string, string][]
  body: string
}

/** One request on a connection of its own. Rejects where the answer breaks off. */
export async function ask(gateway: Pick<Started, 'port'>, asking: Asking = {}): Promise<Answered> {
  const message = await begin(gateway, asking)
  let body = ''
  for await (const text of message.setEncoding('utf8')) body += text
  return { status: message.statusCode ?? 0, headers: message.headers, rawHeaders: pairs(message), body }
}

/** The same, up to the answer's head. */
export function begin({ port }: Pick<Started, 'port'>, asking: Asking = {}): Promise<IncomingMessage> {
  const { host = 'hello.localhost', path = '/', method = 'GET', headers = {}, body } = asking
  const authority = `${host}:${port}`
  return new Promise((resolve, reject) => {
    const req = request({
      host: '127.0.0.1',
      port,
      path,
      method,
      agent: false,
      headers: Array.isArray(headers) ? ['host', authority, ...headers] : { host: authority, ...headers },
    })
    req.on('response', resolve)
    req.on('error', reject)
    req.end(body)
  })
}

function pairs({ rawHeaders }: IncomingMessage): [string, string][] {
  return Array.from({ length: rawHeaders.length / 2 }, (_, i) => [rawHeaders[2 * i] ?? '', rawHeaders[2 * i + 1] ?? ''])
}
