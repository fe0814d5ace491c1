import type { RequestHead } from './http.ts'

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

/** What keeps this from being a request at all, in words; undefined where nothing does. */
export function requestFault({ method, url, headers }: RequestHead): string | undefined {
  if (!TOKEN.test(method)) return `"${method}" is no method`
  if (FORBIDDEN_METHODS.has(method.toUpperCase())) return `the method ${method} cannot be given to a function`
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) return `"${url}" is no URL`
  for (const [name, value] of headers) {
    if (!TOKEN.test(name)) return `"${name}" is no header name`
    if (typeof value !== 'string' || !HEADER_VALUE.test(value))
      return `the header ${name} has a value with characters that none may have`
  }
  return undefined
}
