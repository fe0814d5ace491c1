import { bodyUnusable } from 'undici/lib/web/fetch/body.js'
import { getResponseState, type ResponseState } from 'undici/lib/web/fetch/response.js'
import { webidl } from 'undici/lib/web/webidl/index.js'
import type { HeaderText } from '../wall/protocol.ts'
import { inspect } from '../console/inspect.ts'
import type { AbortSignal } from '../web/abort.ts'
import { typeOfView } from '../web/brands.ts'
import { bufferOf, readWhole, TooLarge } from './body.ts'

/** What the handler returned is no Response, or none that can be sent. */
export class Unsendable extends Error {}

/** An answer as it crosses the wall. */
export interface Answer {
  status: number
  headers: HeaderText
  body: string | ArrayBuffer | undefined
}

/** Reads what a handler returned, its body to the end. Throws Unsendable, TooLarge, or what the body's source throws. */
export async function readAnswer(returned: unknown, limitBytes: number, signal: AbortSignal): Promise<Answer> {
  if (!webidl.is.Response(returned)) throw new Unsendable(`the handler returned ${nameOf(returned)}`)
  const state = getResponseState(returned)
  if (state.status === 0) throw new Unsendable('the handler returned Response.error()')
  if (bodyUnusable(state)) throw new Unsendable('the handler returned a Response whose body has been read')
  const { status } = state
  return { status, headers: headerText(state), body: await readBody(state, limitBytes, signal) }
}

/** Text and bytes are taken as they are; only what is not there yet is read. */
async function readBody(
  { body }: ResponseState,
  limitBytes: number,
  signal: AbortSignal,
): Promise<string | ArrayBuffer | undefined> {
  if (body === null) return undefined
  const { source, stream } = body
  if (typeof source === 'string') {
    // A character is a byte at least; the process counts them exactly.
    if (source.length > limitBytes) throw new TooLarge()
    return source
  }
  if (typeOfView(source) !== 'Uint8Array') return readWhole(stream, limitBytes, signal)
  const bytes = source as Uint8Array<ArrayBuffer>
  if (bytes.length > limitBytes) throw new TooLarge()
  return bufferOf(bytes)
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

function nameOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'function') return 'a function'
  return `${inspect(value).slice(0, 200)}, not a Response`
}
