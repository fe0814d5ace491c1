import type { RequestHead } from './http.ts'
import { Recent } from './recent.ts'

/** RFC 9110: what methods and header names are made of. */
const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/

/** Methods that make of a connection something else than a request and its response, or echo what is secret (Fetch Standard: forbidden methods). */
export const FORBIDDEN_METHODS: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK'])

/** Headers that are about one connection, not about the message on it (RFC 9110, 7.6.1). */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Latin-1 without the three bytes by which one header could pass for two. */
// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const HEADER_VALUE = /^[^\u0000\r\n\u0100-\uffff]*$/

/** With something of a host: what is said without one has it where the path would be. */
const BEGINNING = /^https?:\/\/[^/\\\s]/
const SCHEME_CHARS = 'https://'.length

/** Beginnings of URLs, up to their path, that were good of late: calls name the same few again and again, and to look takes a µs or two. */
const recent = new Recent<string, true>(64)

/** What keeps this from being a request at all, in words; undefined where nothing does. */
export function requestFault({ method, url, headers }: RequestHead): string | undefined {
  if (!TOKEN.test(method)) return `"${method}" is no method`
  if (FORBIDDEN_METHODS.has(method.toUpperCase())) return `the method ${method} cannot be given to a function`
  if (!isUrl(url)) return `"${url}" is no URL`
  for (const [name, value] of headers) {
    if (!TOKEN.test(name)) return `"${name}" is no header name`
    if (typeof value !== 'string' || !HEADER_VALUE.test(value))
      return `the header ${name} has a value with characters that none may have`
  }
  return undefined
}

/** What follows the first slash behind the host is escaped where it must be, and never makes a URL none (URL Standard). */
function isUrl(url: string): boolean {
  const start = url.slice(0, url.indexOf('/', SCHEME_CHARS) + 1)
  if (recent.get(start) === true) return true
  if (!BEGINNING.test(url) || !URL.canParse(url)) return false
  if (start !== '') recent.set(start, true)
  return true
}
