import { dataURLProcessor, serializeAMimeType } from 'undici/lib/web/fetch/data-url.js'
import type { Response } from 'undici/lib/web/fetch/response.js'
import { URL } from 'whatwg-url'
import { makeResponse } from './response.ts'

export function isDataUrl(url: string): boolean {
  return url.startsWith('data:')
}

/** The content of a `data:` URL, which needs no network. */
export function readDataUrl(url: string): Response {
  const data = dataURLProcessor(new URL(url))
  if (data === 'failure') throw new TypeError('fetch failed: the data: URL cannot be read')
  const headers = ['content-type', serializeAMimeType(data.mimeType)]
  return makeResponse({ status: 200, statusText: 'OK', headers }, [url], data.body)
}
