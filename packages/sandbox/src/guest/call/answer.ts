import type { ReadableStream } from 'web-streams-polyfill'
import { bodyUnusable } from 'undici/lib/web/fetch/body.js'
import { getRequestState, type Request } from 'undici/lib/web/fetch/request.js'
import { getResponseState, type ResponseState } from 'undici/lib/web/fetch/response.js'
import { webidl } from 'undici/lib/web/webidl/index.js'
import type { Failure, HeaderText } from '../wall/protocol.ts'
import { inspect } from '../console/inspect.ts'
import { host } from '../host.ts'
import { nothing } from '../primordials.ts'
import { HEADERS_MAX_CHARS, WHOLE_BYTES_MAX, WHOLE_TEXT_MAX_CHARS } from '../wall/limits.ts'
import type { AbortSignal } from '../web/abort.ts'
import { typeOfView } from '../web/brands.ts'
import { bufferOf, sendBytes, sendStream, sendText } from './body.ts'
import { release, settle, type Call } from './calls.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** An answer as the handler made it. */
export interface Answer {
  status: number
  headers: HeaderText
  body: string | Bytes | ReadableStream<unknown> | undefined
}

/** Why what the handler returned cannot be sent. Returned, not thrown: what is thrown is always the user's. */
export interface Refusal {
  failure: Failure
  why: string
}

/** Reads what a handler returned to a request, but not yet its body. */
export function readAnswer(returned: unknown, request: Request): Answer | Refusal {
  if (!webidl.is.Response(returned)) return unsendable(nameOf(returned))
  const state = getResponseState(returned)
  if (state.status === 0) return unsendable('Response.error()')
  if (bodyUnusable(state)) return unsendable('a Response whose body has been read')
  const answer = { status: state.status, headers: headerText(state), body: bodyOf(state) }
  return getRequestState(request).method === 'HEAD' ? withoutBody(answer, state) : answer
}

/** Sends all of an answer. Throws what its body's source throws. */
export async function sendAnswer(call: Call, { status, headers, body }: Answer, signal: AbortSignal): Promise<void> {
  if (body === undefined || isShort(body)) {
    settle(call)
    host.answer(call.id, call.background, status, headers, typeof body === 'object' ? bufferOf(body) : body)
  } else {
    host.begin(call.id, status, headers)
    if (typeof body === 'string') await sendText(call, body)
    else if (isBytes(body)) await sendBytes(call, body)
    else await sendStream(call, body, signal)
    settle(call)
    host.finish(call.id, call.background)
  }
  release(call)
}

/** To HEAD the length of a body is said in its place, as far as it is known, and a source that is left unread learns of it. */
function withoutBody({ status, headers, body }: Answer, state: ResponseState): Answer {
  // What its source says to that is no affair of the answer, which is whole as it is.
  if (typeof body === 'object' && !isBytes(body)) void body.cancel().catch(nothing)
  const length = state.body?.length
  if (typeof length !== 'number' || state.headersList.headersMap.has('content-length')) {
    return { status, headers, body: undefined }
  }
  const line = `content-length\n${length}`
  return { status, headers: headers === '' ? line : `${headers}\n${line}`, body: undefined }
}

/** Text and bytes are taken as they are; only what is not there yet is read. */
function bodyOf({ body }: ResponseState): Answer['body'] {
  if (body === undefined || body === null) return undefined
  const { source } = body
  return typeof source === 'string' || isBytes(source) ? source : body.stream
}

function isShort(body: string | Bytes | ReadableStream<unknown>): body is string | Bytes {
  return typeof body === 'string'
    ? body.length <= WHOLE_TEXT_MAX_CHARS
    : isBytes(body) && body.length <= WHOLE_BYTES_MAX
}

function isBytes(value: unknown): value is Bytes {
  return typeOfView(value) === 'Uint8Array'
}

/**
 * Each cookie stays a header of its own: joined, they could not be told apart. Of headers that are too long so much is said
 * that the process sees it: what crosses the wall is copied into its memory first.
 */
function headerText({ headersList: { headersMap, cookies } }: ResponseState): HeaderText {
  const lines: string[] = []
  let left = HEADERS_MAX_CHARS
  const add = (name: string, value: string): void => {
    if (left < 0) return
    lines.push(name.slice(0, HEADERS_MAX_CHARS), value.slice(0, HEADERS_MAX_CHARS))
    left -= name.length + value.length
  }
  for (const [name, { value }] of headersMap) if (name !== 'set-cookie') add(name, value)
  for (const cookie of cookies ?? []) add('set-cookie', cookie)
  return lines.join('\n')
}

function unsendable(what: string): Refusal {
  return { failure: 'bad-response', why: `the handler returned ${what}` }
}

function nameOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'function') return 'a function'
  return `${inspect(value).slice(0, 200)}, not a Response`
}
