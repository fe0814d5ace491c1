import type { IncomingMessage } from 'node:http'
import type { Headers } from '@hither/core'
import { hopByHop } from '../hop-by-hop.ts'
import { isOwn } from '../own-header.ts'

/** What a client has no say in: the host is told in its own way, and nobody is in front of a gateway on loopback. */
const TAKEN_OUT: ReadonlySet<string> = new Set(['host', 'expect', 'forwarded', 'x-real-ip'])

/** The headers that a function gets: in the order they came, duplicates and all, their names in small letters. */
export function requestHeaders(req: IncomingMessage, host: string): Headers {
  const headers: Headers = [['host', host]]
  const { rawHeaders } = req
  const hops = hopByHop(req.headers.connection)
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase()
    if (hops.has(name) || TAKEN_OUT.has(name) || name.startsWith('x-forwarded-') || isOwn(name)) continue
    headers.push([name, rawHeaders[at + 1] ?? ''])
  }
  return headers
}
