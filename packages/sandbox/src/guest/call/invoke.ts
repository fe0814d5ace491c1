import type { Request } from 'undici/lib/web/fetch/request.js'
import type { Failure, HeaderText } from '../wall/protocol.ts'
import { host } from '../host.ts'
import { abort } from '../web/abort.ts'
import { DOMException } from '../web/dom-exception.ts'
import { readAnswer, type Answer } from './answer.ts'
import { closeCall, enter, findCall, openCall, release, type Call } from './calls.ts'
import { contextOf } from './context.ts'
import { describe, type Described } from './failure.ts'
import { callHandler } from './handler.ts'
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
  body: ArrayBuffer | undefined,
  bodyBytes: number,
): void {
  const call = openCall(id, bodyBytes)
  enter(call)
  let request: Request | string
  try {
    request = makeRequest(method, url, headers, body)
  } catch (thrown) {
    // Only where user code broke what requests are made with.
    return fail(call, 'threw', describe(thrown))
  }
  if (typeof request === 'string') return refuse(call, 'bad-request', request)
  call.signal = request.signal
  void run(call, request)
}

/** Aborts the signal that the handler holds. What it does then is up to it. */
export function abortCall(id: number): void {
  const call = findCall(id)
  if (call?.signal === undefined) return
  enter(call)
  abort(call.signal, new DOMException('The caller gave up', 'AbortError'))
}

export function endCall(id: number): void {
  const call = findCall(id)
  if (call !== undefined) closeCall(call)
}

async function run(call: Call, request: Request): Promise<void> {
  try {
    const returned = await callHandler(request, env, contextOf(call))
    const answer = await readAnswer(returned, call.bodyBytes, request.signal)
    if ('failure' in answer) refuse(call, answer.failure, answer.why)
    else succeed(call, answer)
  } catch (thrown) {
    fail(call, 'threw', describe(thrown))
  }
}

function succeed(call: Call, { status, headers, body }: Answer): void {
  call.background = call.open > 1
  host.answer(call.id, call.background, status, headers, body)
  release(call)
}

function refuse(call: Call, failure: Failure, why: string): void {
  fail(call, failure, { name: '', message: why, stack: '' })
}

function fail(call: Call, failure: Failure, { name, message, stack }: Described): void {
  call.background = call.open > 1
  host.fail(call.id, call.background, failure, name, message, stack)
  release(call)
}
