import type { IncomingMessage } from 'node:http'
import { HEADER_MAX_BYTES, HOP_BY_HOP, type Headers } from '@hither/core'
import { isUnpacked } from '../../guest/wall/fetch.ts'
import { HEADERS_MAX } from '../../ipc/limits.ts'
import { http } from './node-http.ts'
import { Refused } from './policy.ts'

/** What says how a message is put on its connection: that is ours to say, or two servers in a row would read it differently. */
const OURS: ReadonlySet<string> = new Set([...HOP_BY_HOP, 'content-length', 'expect', 'host'])

const DEFAULTS: Headers = [
  ['accept', '*/*'],
  ['accept-encoding', 'gzip, deflate, br'],
  ['user-agent', 'hither'],
]

/** How the end of a request's body is found: by its length, or by that of each piece. */
export type Framing = number | 'pieces' | 'none'

/** A request's headers as they go out. Throws `Refused` where HTTP has no place for one. */
export function outgoing(headers: Headers, host: string, framing: Framing): Headers {
  const given = headers.filter(([name]) => !OURS.has(name.toLowerCase()))
  for (const [name, value] of given) check(name, value)
  const bytes = given.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  if (bytes > HEADER_MAX_BYTES) throw new Refused(`the headers have ${bytes} bytes; the limit is ${HEADER_MAX_BYTES}`)
  const sent = given.flatMap(readable)
  const missing = DEFAULTS.filter(([wanted]) => !sent.some(([name]) => name.toLowerCase() === wanted))
  return [['host', host], ...sent, ...missing, ...framed(framing), ['connection', 'close']]
}

/**
 * A header without codings that are not unpacked: handlers pass on what their own callers accept, and would read bytes for text. Where
 * no coding is left, the defaults are asked for.
 */
function readable([name, value]: Headers[number]): Headers {
  if (name.toLowerCase() !== 'accept-encoding') return [[name, value]]
  const codings = value.split(',').filter((coding) => {
    const [named = ''] = coding.split(';')
    const what = named.trim().toLowerCase()
    return what === '' || what === 'identity' || isUnpacked(what)
  })
  return codings.length === 0 ? [] : [[name, codings.join(',').trim()]]
}

function framed(framing: Framing): Headers {
  if (framing === 'none') return []
  return framing === 'pieces' ? [['transfer-encoding', 'chunked']] : [['content-length', String(framing)]]
}

/** A response's headers, each pair as it came. Throws `Refused` where they are more than a function takes. */
export function incoming({ rawHeaders }: IncomingMessage): Headers {
  const headers: Headers = []
  for (let at = 0; at < rawHeaders.length; at += 2) {
    headers.push([(rawHeaders[at] ?? '').toLowerCase(), rawHeaders[at + 1] ?? ''])
  }
  if (headers.length > HEADERS_MAX) throw new Refused(`the response has more than ${HEADERS_MAX} headers`)
  const bytes = Buffer.byteLength(rawHeaders.join(''))
  if (bytes > HEADER_MAX_BYTES) throw new Refused(`the response's headers have more than ${HEADER_MAX_BYTES} bytes`)
  return headers
}

function check(name: string, value: string): void {
  try {
    http.validateHeaderName(name)
    http.validateHeaderValue(name, value)
  } catch {
    // Its words are of Node, not of what the author wrote.
    throw new Refused('a header has a name or a value that HTTP cannot carry')
  }
}
