import { HitherError } from '@hither/core'
import type { CallParams } from '@hither/peer'
import { milliseconds, type CallOptions } from './call-options.ts'

/** What `fetch` takes besides the address, and what may be said about the call. Of the former, method, headers, body and signal count. */
export interface FetchInit extends RequestInit, Omit<CallOptions, 'signal'> {}

export type BodyGiven = NonNullable<RequestInit['body']>

/** One call as it was asked for, whichever way it goes. */
export interface Asked extends Pick<CallOptions, 'signal' | 'onProgress'> {
  params: Required<Pick<CallParams, 'target' | 'path' | 'method'>> & Omit<CallParams, 'headers' | 'body'>
  headers: Headers
  /** As it was given. A request stands for its own body, which may turn out to be none. */
  body?: BodyGiven | Request
}

/** No host is called by its name here; but a URL needs one. */
const BASE = 'http://function.localhost'

/** Reads the arguments of `net.fetch` as `new Request` would. Throws `usage` for what is no request. */
export function readAsked(target: string, input: string | URL | Request, init: FetchInit): Asked {
  const request = input instanceof Request ? input : undefined
  const method = (init.method ?? request?.method ?? 'GET').toUpperCase()
  const body = bodyOf(method, request, init)
  const signal = init.signal ?? request?.signal
  const { deadline, wait, hedge, idempotencyKey, prefer, avoid, require, labels, tier, onProgress } = init
  return {
    params: {
      target,
      path: pathOf(request?.url ?? (input as string | URL)),
      method,
      ...(deadline !== undefined && { deadlineMs: milliseconds('deadline', deadline, Number.MIN_VALUE) }),
      ...(wait !== undefined && { waitMs: milliseconds('wait', wait, 0) }),
      ...(hedge !== undefined && { hedge: hedge === false ? false : milliseconds('time for a second copy', hedge, 0) }),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...(prefer !== undefined && { prefer }),
      ...(avoid !== undefined && { avoid }),
      ...(require !== undefined && { require }),
      ...(labels !== undefined && { labels }),
      ...(tier !== undefined && { tier }),
    },
    headers: headersOf(init.headers ?? request?.headers),
    ...(body !== undefined && { body }),
    ...(signal !== undefined && { signal }),
    ...(onProgress !== undefined && { onProgress }),
  }
}

/** A path keeps no dot segments, so that it cannot lead to another function of a gateway. */
function pathOf(input: string | URL): string {
  const text = String(input)
  const url = URL.parse(text.startsWith('/') ? `${BASE}${text}` : text)
  if (url !== null) return `${url.pathname}${url.search}`
  throw new HitherError('usage', `"${text}" is neither a path nor a URL`, { fix: `a path starts with "/": /${text}` })
}

function headersOf(given: RequestInit['headers']): Headers {
  try {
    return new Headers(given)
  } catch (cause) {
    throw new HitherError('usage', 'a header of the request is none', { why: String(cause), cause })
  }
}

function bodyOf(method: string, request: Request | undefined, init: FetchInit): BodyGiven | Request | undefined {
  const bodiless = method === 'GET' || method === 'HEAD'
  if (init.body !== undefined && init.body !== null) {
    if (bodiless) throw new HitherError('usage', `a request with ${method} has no body`, { fix: "say method: 'POST'" })
    return init.body
  }
  if (request === undefined || bodiless) return undefined
  if (request.bodyUsed)
    throw new HitherError('usage', "the request's body was read already", { fix: 'clone it before' })
  return request
}
