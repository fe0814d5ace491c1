import type { ReadableStream } from 'web-streams-polyfill'
import type { Request } from 'undici/lib/web/fetch/request.js'
import type { Failure, HeaderText } from '../wall/protocol.ts'
import { host } from '../host.ts'
import { abort } from '../web/abort.ts'
import { DOMException } from '../web/dom-exception.ts'
import { readAnswer, sendAnswer } from './answer.ts'
import { BODY_GONE, closeCall, enter, findCall, giveUpCall, openCall, release, settle, type Call } from './calls.ts'
import { contextOf } from './context.ts'
import { describe, type Described } from './failure.ts'
import { callHandler } from './handler.ts'
import { streamOf } from './request-body.ts'
import { makeRequest } from './request.ts'

let env: unknown

/** The variables, the same object for every call. */
export function setEnv(variables: unknown): void {
  env = variables
}

export function invoke(
  id: number,
  method: string,
  url: string,
  headers: HeaderText,
  body: ArrayBuffer | true | undefined,
): void {
  const call = openCall(id)
  enter(call)
  let request: Request | string
  try {
    request = makeRequest(method, url, headers, bodyOf(call, body))
  } catch (thrown) {
    // Only where user code broke what requests are made with.
    return fail(call, 'threw', describe(thrown))
  }
  if (typeof request === 'string') return refuse(call, 'bad-request', request)
  call.signal = request.signal
  void run(call, request)
}

/** What its request's body had to wait for. */
export function feedCall(id: number, taken: ArrayBuffer | true | string): void {
  const call = findCall(id)
  const feed = call?.feed
  if (call === undefined || feed === undefined) return
  enter(call)
  call.feed = undefined
  feed(taken)
}

/** There is room for more of its answer. */
export function resumeCall(id: number): void {
  const call = findCall(id)
  if (call === undefined) return
  enter(call)
  call.resume?.()
}

/** Aborts the signal that the handler holds. What it does then is up to it. */
export function abortCall(id: number): void {
  const call = findCall(id)
  if (call?.signal === undefined) return
  enter(call)
  const reason = new DOMException('The caller gave up', 'AbortError')
  abort(call.signal, reason)
  giveUpCall(call, reason)
  call.feed?.(BODY_GONE)
  call.resume?.()
}

export function endCall(id: number): void {
  const call = findCall(id)
  if (call !== undefined) closeCall(call)
}

async function run(call: Call, request: Request): Promise<void> {
  try {
    const returned = await callHandler(request, env, contextOf(call))
    const answer = readAnswer(returned, request)
    if ('failure' in answer) refuse(call, answer.failure, answer.why)
    else await sendAnswer(call, answer, request.signal)
  } catch (thrown) {
    fail(call, 'threw', describe(thrown))
  }
}

function refuse(call: Call, failure: Failure, why: string): void {
  fail(call, failure, { name: '', message: why, stack: '' })
}

function fail(call: Call, failure: Failure, { name, message, stack }: Described): void {
  settle(call)
  host.fail(call.id, call.background, failure, name, message, stack)
  release(call)
}

function bodyOf(call: Call, body: ArrayBuffer | true | undefined): Uint8Array | ReadableStream<Uint8Array> | null {
  if (body === true) return streamOf(call)
  return body === undefined ? null : new Uint8Array(body)
}
