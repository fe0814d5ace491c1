import { decodeRpc, encodeRpc, NO_HANDLER_HEADER, RPC_ERROR, RPC_HEADER, RPC_TYPE } from '@hither/core/rpc'
import type { HeadersList } from 'undici/lib/web/fetch/headers.js'
import type { Request } from 'undici/lib/web/fetch/request.js'
import { Response } from 'undici/lib/web/fetch/response.js'
import { apply, isArray } from '../primordials.ts'

/** What a handler exports by name. */
export type Methods = ReadonlyMap<string, (...args: unknown[]) => unknown>

/** Which export a request with these headers calls; null for one that is no RPC call. Such never reach a default export. */
export function methodOf(headers: HeadersList): string | null {
  const encoded = headers.get(RPC_HEADER, true)
  if (encoded === null) return null
  try {
    return decodeURIComponent(encoded)
  } catch {
    // Encoded by nobody who knows how: there is no export of such a name.
    return encoded
  }
}

/** Calls an export with the arguments in the request's body. What it throws is answered as well. */
export async function answerMethod(methods: Methods, name: string, request: Request): Promise<unknown> {
  const method = methods.get(name)
  if (method === undefined)
    return thrown(404, new TypeError(`${name} is no function of this handler; it has ${listOf(methods)}`))
  let args: unknown
  try {
    args = decodeRpc(await request.text())
  } catch {
    return thrown(400, new TypeError(`the arguments of ${name} are no text that encodes a list of them`))
  }
  if (!isArray(args)) return thrown(400, new TypeError(`the arguments of ${name} are no list`))
  try {
    return answer(200, encodeRpc(await apply(method, undefined, args)), {})
  } catch (error) {
    return thrown(500, error)
  }
}

/** The answer in place of a handler's. */
export function noHandler(text: string): Response {
  const headers = { 'content-type': 'text/plain;charset=UTF-8', [NO_HANDLER_HEADER]: '1' }
  return new Response(text, { status: 404, headers })
}

/** For a request that is no RPC call, where the handler answers nothing else. */
export function onlyMethods(methods: Methods): unknown {
  const rather =
    methods.size === 0 ? 'only a clock calls it' : `it has functions to be called by name: ${listOf(methods)}`
  return noHandler(`this function answers no requests; ${rather}\n`)
}

function thrown(status: number, error: unknown): unknown {
  return answer(status, encodeThrown(error), { [RPC_HEADER]: RPC_ERROR })
}

/** Anything can be thrown, but not everything can be sent. */
function encodeThrown(error: unknown): string {
  try {
    return encodeRpc(error)
  } catch (why) {
    return encodeRpc(why)
  }
}

function answer(status: number, body: string, headers: Record<string, string>): unknown {
  return new Response(body, { status, headers: { 'content-type': RPC_TYPE, ...headers } })
}

function listOf(methods: Methods): string {
  return methods.size === 0 ? 'none' : [...methods.keys()].join(', ')
}
