import type { Headers, RequestHead, ResponseHead } from './http.ts'
import { HEADER_MAX_BYTES } from './limits.ts'
import type { Packer, Unpacker } from './packed.ts'

/** Heads as they travel, which is also what receipts are about. */

const METHOD_MAX_BYTES = 32
const URL_MAX_BYTES: number = 16 * 1024
const HEADERS_MAX = 256

export function packRequest(to: Packer, { method, url, headers }: RequestHead): void {
  to.text(method).text(url)
  packHeaders(to, headers)
}

/** Throws `bad-message`. */
export function unpackRequest(from: Unpacker): RequestHead {
  return { method: from.text(METHOD_MAX_BYTES), url: from.text(URL_MAX_BYTES), headers: unpackHeaders(from) }
}

export function packResponse(to: Packer, { status, headers }: ResponseHead): void {
  to.count(status)
  packHeaders(to, headers)
}

/** Throws `bad-message`. */
export function unpackResponse(from: Unpacker): ResponseHead {
  const status = from.count(599)
  if (status < 200) throw from.refuse(`${status} is no status of an answer`)
  return { status, headers: unpackHeaders(from) }
}

function packHeaders(to: Packer, headers: Headers): void {
  to.count(headers.length)
  for (const [name, value] of headers) to.text(name).text(value)
}

function unpackHeaders(from: Unpacker): Headers {
  const headers: Headers = []
  for (let left = from.count(HEADERS_MAX); left > 0; left--) {
    headers.push([from.text(HEADER_MAX_BYTES), from.text(HEADER_MAX_BYTES)])
  }
  return headers
}
