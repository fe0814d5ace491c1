import type { Destination, Egress } from './interfaces/runner.ts'

/** Hosts that functions may fetch from, as manifests list them, and where owners of machines let them go. */

/** What of a URL decides. */
export type HostParts = Pick<URL, 'protocol' | 'hostname' | 'port'>

const PATTERN = /^(?<below>\*\.)?(?<host>\[[\da-f:.]+\]|[^\s:/?#@[\]\\%*]+)(?::(?<port>\d{1,5}))?$/i

/**
 * A host as manifests have it: `api.example.com`, `*.example.com` for all below it, an address, each with a port where that is not
 * the scheme's own. In its one spelling; undefined for what is none.
 */
export function hostPattern(text: string): string | undefined {
  const { below = '', host = '', port } = PATTERN.exec(text)?.groups ?? {}
  const hostname = hostnameOf(host)
  if (hostname === undefined || (port !== undefined && !isPort(Number(port)))) return undefined
  if (below !== '' && isAddress(hostname)) return undefined
  return `${below}${hostname}${port === undefined ? '' : `:${Number(port)}`}`
}

/** May a function that lists these fetch this? */
export function admitsHost(patterns: readonly string[], url: HostParts): boolean {
  const usual = url.protocol === 'https:' ? '443' : '80'
  const port = url.port === '' ? usual : url.port
  const hostname = withoutDot(url.hostname)
  return patterns.some((pattern) => {
    const { below, host = '', port: wanted = usual } = PATTERN.exec(pattern)?.groups ?? {}
    if (wanted !== port) return false
    return below === undefined ? hostname === host : hostname.endsWith(`.${host}`)
  })
}

/** What an owner who says nothing permits. */
export const DEFAULT_EGRESS: Egress = { public: true, also: [] }

/** An owner's permission as it is written: `off`, `public`, or places with commas between. Undefined for what is none. */
export function readEgress(text: string): Egress | undefined {
  const egress: Egress = { public: false, also: [] }
  if (text === 'off') return egress
  for (const word of text.split(',').map((part) => part.trim())) {
    const place = word === 'public' ? undefined : readDestination(word)
    if (place !== undefined) egress.also.push(place)
    else if (word === 'public') egress.public = true
    else return undefined
  }
  return egress
}

export function showEgress({ public: open, also }: Egress): string {
  const words = [...(open ? ['public'] : []), ...also.map(showDestination)]
  return words.length === 0 ? 'off' : words.join(',')
}

const DESTINATIONS = [
  /^(?<address>[\d.]+)(?:\/(?<prefix>\d{1,3}))?(?::(?<port>\d{1,5}))?$/,
  /^\[(?<address>[\da-f:.]+)\](?:\/(?<prefix>\d{1,3}))?(?::(?<port>\d{1,5}))?$/i,
  /^(?<address>[\da-f:.]+)(?:\/(?<prefix>\d{1,3}))?$/i,
]

function readDestination(word: string): Destination | undefined {
  const groups = DESTINATIONS.map((shape) => shape.exec(word)?.groups).find((one) => one !== undefined)
  const { address: text = '', prefix: length, port: number } = groups ?? {}
  const six = text.includes(':')
  const hostname = hostnameOf(six ? `[${text}]` : text)
  if (hostname === undefined || !isAddress(hostname)) return undefined
  const most = six ? 128 : 32
  const prefix = Number(length ?? most)
  const port = number === undefined ? undefined : Number(number)
  if (prefix > most || (port !== undefined && !isPort(port))) return undefined
  return { address: six ? hostname.slice(1, -1) : hostname, prefix, ...(port !== undefined && { port }) }
}

function showDestination({ address, prefix, port }: Destination): string {
  const six = address.includes(':')
  const length = prefix === (six ? 128 : 32) ? '' : `/${prefix}`
  const host = six && port !== undefined ? `[${address}]` : address
  return `${host}${length}${port === undefined ? '' : `:${port}`}`
}

/** In the spelling that URLs have for it. */
function hostnameOf(text: string): string | undefined {
  const url = text === '' ? null : URL.parse(`http://${text}/`)
  const hostname = withoutDot(url?.hostname ?? '')
  return /^(?:\[[\da-f:.]+\]|[\da-z._-]+)$/.test(hostname) ? hostname : undefined
}

function isAddress(hostname: string): boolean {
  return hostname.startsWith('[') || /^\d+\.\d+\.\d+\.\d+$/.test(hostname)
}

/** `a.example.` is `a.example`. */
function withoutDot(hostname: string): string {
  return hostname.endsWith('.') ? hostname.slice(0, -1) : hostname
}

function isPort(number: number): boolean {
  return number >= 1 && number <= 65_535
}
