import { bodyUnusable } from 'undici/lib/web/fetch/body.js'
import { getResponseState, type ResponseState } from 'undici/lib/web/fetch/response.js'
import { webidl } from 'undici/lib/web/webidl/index.js'
import type { Failure, HeaderText } from '../wall/protocol.ts'
import { inspect } from '../console/inspect.ts'
import type { AbortSignal } from '../web/abort.ts'
import { typeOfView } from '../web/brands.ts'
import { bufferOf, readWhole } from './body.ts'

/** An answer as it crosses the wall. */
export interface Answer {
  status: number
  headers: HeaderText
  body: string | ArrayBuffer | undefined
}

/** Why what the handler returned cannot be sent. Returned, not thrown: what is thrown is always the user's. */
export interface Refusal {
  failure: Failure
  why: string
}

/** Reads what a handler returned, its body to the end. Throws what the body's source throws. */
export async function readAnswer(
  returned: unknown,
  limitBytes: number,
  signal: AbortSignal,
): Promise<Answer | Refusal> {
  if (!webidl.is.Response(returned)) return unsendable(nameOf(returned))
  const state = getResponseState(returned)
  if (state.status === 0) return unsendable('Response.error()')
  if (bodyUnusable(state)) return unsendable('a Response whose body has been read')
  const body = await readBody(state, limitBytes, signal)
  if (body === null) return { failure: 'too-large', why: '' }
  return { status: state.status, headers: headerText(state), body }
}

/** Text and bytes are taken as they are; only what is not there yet is read. Null where it is over the limit. */
async function readBody(
  { body }: ResponseState,
  limitBytes: number,
  signal: AbortSignal,
): Promise<string | ArrayBuffer | undefined | null> {
  if (body === undefined || body === null) return undefined
  const { source, stream } = body
  // A character is a byte at least; the process counts them exactly.
  if (typeof source === 'string') return source.length > limitBytes ? null : source
  if (typeOfView(source) !== 'Uint8Array') return readWhole(stream, limitBytes, signal)
  const bytes = source as Uint8Array<ArrayBuffer>
  return bytes.length > limitBytes ? null : bufferOf(bytes)
}

/** Each cookie stays a header of its own: joined, they could not be told apart. */
function headerText({ headersList: { headersMap, cookies } }: ResponseState): HeaderText {
  const lines: string[] = []
  for (const [name, { value }] of headersMap) {
    if (name !== 'set-cookie') lines.push(name, value)
  }
  for (const cookie of cookies ?? []) lines.push('set-cookie', cookie)
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
