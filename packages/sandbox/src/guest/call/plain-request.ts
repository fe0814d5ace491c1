import { extractBody } from 'undici/lib/web/fetch/body.js'
import { HeadersList } from 'undici/lib/web/fetch/headers.js'
import { fromInnerRequest, getRequestState, Request, type RequestState } from 'undici/lib/web/fetch/request.js'
import { makeSignal } from '../web/abort.ts'

/**
 * Most requests have nothing about them that the Fetch Standard would change or refuse. For them parsing the URL, checking
 * each header, and converting what is what it should be took four fifths of a call. What is made here is the same that
 * `new Request()` makes, and whatever is not plain is left to that.
 */

/** Methods that stay as they are. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])

/**
 * URLs that parsing gives back as they are: a host of small letters and digits that is no address and not international, a
 * port that is not implied, and nothing in path and query that would be encoded, but for dot segments, see below.
 */
const URL_PLAIN =
  /^https?:\/\/(?!.*xn--)(?:[a-z\d][a-z\d-]*\.)*[a-z][a-z\d-]*(?::(?!80\/|443\/)(?:[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5]|[1-9]\d{0,3}))?\/(?:[\w~!$&()*+,;=:@/.-]|%(?!2[eE])[\dA-Fa-f]{2})*(?:\?[\w~!$&()*+,;=:@/?.%-]*)?$/
const DOT_SEGMENT = /\/\.{1,2}(?:\/|\?|$)/

const NAME_PLAIN = /^[\w!#$%&'*+.^`|~-]+$/
/** Without what would be trimmed. */
const VALUE_PLAIN = /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/

/** What every request has that says nothing else. */
const usual = getRequestState(new Request('http://fn.localhost/', { method: 'GET', headers: [], body: null }))

/** Undefined where it is not plain. */
export function plainRequest(
  method: string,
  url: string,
  headers: readonly [name: string, value: string][],
  body: Uint8Array | null,
): Request | undefined {
  if (!METHODS.has(method) || !isPlain(url)) return undefined
  const headersList = new HeadersList()
  for (const [name, value] of headers) {
    if (!NAME_PLAIN.test(name) || !VALUE_PLAIN.test(value)) return undefined
    headersList.append(name, value, false)
  }
  // Of a URL that a request has, nothing but this is ever asked.
  const parsed = { href: url }
  const state: RequestState = { ...usual, method, headersList, url: parsed, urlList: [parsed] }
  if (body !== null) state.body = extractBody(body)[0]
  return fromInnerRequest(state, undefined, makeSignal(), 'request')
}

/** Is parsing it needless? */
export function isPlain(url: string): boolean {
  return URL_PLAIN.test(url) && !DOT_SEGMENT.test(url)
}
