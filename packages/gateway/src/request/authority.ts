import type { IncomingMessage } from 'node:http'
import { HitherError, Recent } from '@hither/core'

/** A host, and its port where it names one. */
const AUTHORITY = /^([a-z0-9.-]+|\[::1\])(?::(\d{1,5}))?$/

/** The machine itself, which is no function. */
const BARE: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Where HTTP is taken when an address names no port. */
const HTTP_PORT = 80

/** Where a request was sent: the labels before `.localhost`, none for the machine itself, and the port. */
interface Authority {
  labels: readonly string[]
  port: number
}

/** Those read last, by their text: clients name the same few in each request. */
const recent = new Recent<string, Authority>(64)

/**
 * The labels before `.localhost` that a request was addressed to; none for the machine itself. Any other host is refused: a
 * page could let its own host's name point here (DNS rebinding), and would then read what it likes as its own. Throws
 * `bad-message`, `wrong-host`.
 */
export function readAuthority(req: IncomingMessage, port: number): readonly string[] {
  const { host } = req.headers
  if (host === undefined || hostsIn(req) > 1) {
    throw new HitherError('bad-message', 'a request names its host once, and once only')
  }
  const authority = recent.get(host) ?? parse(host)
  if (authority?.port === port) return authority.labels
  throw new HitherError('wrong-host', 'this gateway does not answer under the host that was asked for', {
    why: 'it answers this machine only; else pages from elsewhere could have their own names point here',
    fix: `use http://localhost:${port}/ or http://NAME.localhost:${port}/`,
  })
}

/** Undefined where it is none of this machine. */
function parse(text: string): Authority | undefined {
  const [, host = '', port = HTTP_PORT] = AUTHORITY.exec(text.toLowerCase()) ?? []
  const labels = labelsOf(host)
  return labels && recent.set(text, { labels, port: Number(port) })
}

function labelsOf(host: string): string[] | undefined {
  if (BARE.has(host)) return []
  const labels = host.split('.')
  return labels.pop() === 'localhost' && labels.every((label) => label !== '') ? labels : undefined
}

function hostsIn({ rawHeaders }: IncomingMessage): number {
  let count = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1
  }
  return count
}
