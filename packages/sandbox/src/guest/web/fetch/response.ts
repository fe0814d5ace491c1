import { extractBody } from 'undici/lib/web/fetch/body.js'
import { HeadersList } from 'undici/lib/web/fetch/headers.js'
import {
  filterResponse,
  fromInnerResponse,
  makeResponse as makeInner,
  type Response,
} from 'undici/lib/web/fetch/response.js'
import type { ReadableStream } from 'web-streams-polyfill'
import { URL } from 'whatwg-url'
import type { FetchedHead } from '../../wall/fetch.ts'

/** A Response as fetch gives it: its headers cannot be changed, and it knows which URLs it came by, the last of which is its own. */
export function makeResponse(
  { status, statusText, headers }: FetchedHead,
  urls: string[],
  body: ReadableStream<Uint8Array> | Uint8Array | undefined,
): Response {
  const headersList = new HeadersList()
  for (let at = 0; at < headers.length; at += 2) headersList.append(headers[at] ?? '', headers[at + 1] ?? '', true)
  const inner = makeInner({
    status,
    statusText,
    headersList,
    urlList: urls.map((url) => new URL(url)),
    body: body === undefined ? null : extractBody(body)[0],
  })
  return fromInnerResponse(filterResponse(inner, 'basic'), 'immutable')
}
