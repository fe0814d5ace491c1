import { isArrayBuffer } from 'node:util/types'
import { HEADER_MAX_BYTES, type Headers, type ResponseHead, type WireError } from '@hither/core'
import type { GuestLimits, GuestOutcome } from './guest.ts'
import {
  badRequest,
  badResponse,
  failed,
  framesOf,
  headersTooLarge,
  tooLarge,
  tooManyHeaders,
  unreadableBody,
  type UserError,
} from './guest-errors.ts'
import type { HeaderText } from '../guest/wall/protocol.ts'
import { HEADERS_MAX } from '../ipc/limits.ts'
import type { Message } from './guest-outbox.ts'

/** A header's name and value as HTTP can carry them. */
const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/
// eslint-disable-next-line no-control-regex -- the control characters are what must not be there
const VALUE = /^[^\0\r\n]*$/

/** Or the name of a header that a line break would make others of. */
export function textOfHeaders(headers: Headers): { text: HeaderText } | { broken: string } {
  let text = ''
  for (const [name, value] of headers) {
    if (name.includes('\n') || value.includes('\n')) return { broken: name }
    text += `${name}\n${value}\n`
  }
  // The last line has no break.
  return { text: text.slice(0, -1) }
}

/** Checks an answer that came out of an isolate: user code may have got hold of whatever made it. */
export function outcomeOfAnswer(message: Message & { type: 'answer' }, limits: GuestLimits): GuestOutcome {
  const head = headOf(message.status, message.headers)
  if ('error' in head) return head
  // Each character takes a byte at least: what is too long anyway is not encoded first.
  if (typeof message.body === 'string' && message.body.length > limits.bodyBytes)
    return { error: tooLarge('answer', limits.bodyBytes) }
  const body = readBody(message.body)
  if (body === undefined) return { error: unreadableBody() }
  if (body.length > limits.bodyBytes) return { error: tooLarge('answer', limits.bodyBytes) }
  return { response: { ...head, body } }
}

/** The head of an answer, or why there is none. */
export function headOf(status: unknown, text: unknown): ResponseHead | { error: WireError } {
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599) {
    return { error: badResponse('its status is none from 200 to 599') }
  }
  if (typeof text !== 'string') return { error: badResponse('its headers cannot be read') }
  if (Buffer.byteLength(text) > HEADER_MAX_BYTES) return { error: headersTooLarge() }
  const headers = readHeaders(text)
  if (headers === undefined) return { error: badResponse('its headers cannot be sent') }
  if (headers.length > HEADERS_MAX) return { error: tooManyHeaders() }
  return { status, headers }
}

export function outcomeOfFailure(message: Message & { type: 'fail' }, file: string): GuestOutcome {
  const error: UserError = { ...message.error, stack: framesOf(message.error.stack, file) }
  switch (message.failure) {
    case 'bad-response':
      return { error: badResponse(error.message) }
    case 'bad-request':
      return { error: badRequest(error.message) }
    default:
      return { error: failed(error) }
  }
}

/** As they were read last: most answers of a function have the same ones, and to check each takes as long as much of a short call. */
let latest: { text: string; headers: Headers | undefined } = { text: '', headers: [] }

function readHeaders(text: string): Headers | undefined {
  if (text !== latest.text) latest = { text, headers: checkedHeaders(text) }
  return latest.headers
}

function checkedHeaders(text: string): Headers | undefined {
  const lines = text === '' ? [] : text.split('\n')
  const headers: Headers = []
  for (let at = 0; at < lines.length; at += 2) {
    const [name, value] = [lines[at], lines[at + 1]]
    if (name === undefined || value === undefined || !NAME.test(name) || !VALUE.test(value)) return undefined
    headers.push([name, value])
  }
  return headers
}

function readBody(body: unknown): Uint8Array | undefined {
  if (body === undefined) return new Uint8Array(0)
  if (typeof body === 'string') return encoded(body)
  return isArrayBuffer(body) ? new Uint8Array(body) : undefined
}

/** Short texts come out of Node's pool: of what has memory of its own, giving that back takes longer than encoding. */
function encoded(text: string): Uint8Array {
  const { buffer, byteOffset, length } = Buffer.from(text)
  return new Uint8Array(buffer, byteOffset, length)
}
