import { HitherError } from '@hither/core'
import type { CallParams } from '@hither/peer'
import { listed, milliseconds, type CallOptions } from './call-options.ts'

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
  if (typeof target !== 'string') {
    const fix = "it is a name, a publisher's name or a CID: net.fetch('ann/shop')"
    throw new HitherError('usage', `a function is called by its name, not by ${String(target)}`, { fix })
  }
  const request = input instanceof Request ? input : undefined
  const method = (init.method ?? request?.method ?? 'GET').toUpperCase()
  const body = bodyOf(method, request, init)
  const signal = init.signal ?? request?.signal
  const asked: Asked = {
    params: paramsOf(target, pathOf(request?.url ?? (input as string | URL)), method, init),
    headers: headersOf(init.headers ?? request?.headers),
  }
  if (body !== undefined) asked.body = body
  if (signal !== undefined) asked.signal = signal
  if (init.onProgress !== undefined) asked.onProgress = init.onProgress
  return asked
}

/** Most calls say none of it: field by field that costs nothing, as parts of a literal it is a copy of nothing for each. */
function paramsOf(target: string, path: string, method: string, init: FetchInit): Asked['params'] {
  const { deadline, wait, hedge, idempotencyKey, prefer, avoid, require, labels, tier } = init
  const params: Asked['params'] = { target, path, method }
  if (deadline !== undefined) params.deadlineMs = milliseconds('deadline', deadline, Number.MIN_VALUE)
  if (wait !== undefined) params.waitMs = milliseconds('wait', wait, 0)
  if (hedge !== undefined) params.hedge = hedge === false ? false : milliseconds('time for a second copy', hedge, 0)
  if (idempotencyKey !== undefined) params.idempotencyKey = idempotencyKey
  if (prefer !== undefined) params.prefer = listed('prefer', prefer)
  if (avoid !== undefined) params.avoid = listed('avoid', avoid)
  if (require !== undefined) params.require = listed('require', require)
  if (labels !== undefined) params.labels = listed('labels', labels)
  if (tier !== undefined) params.tier = tier
  return params
}

/** A path keeps no dot segments, so that it cannot lead to another function of a gateway. */
function pathOf(input: string | URL): string {
  if (input === null || Object.getPrototypeOf(input) === Object.prototype) {
    throw new HitherError('usage', 'an init stands where the path belongs', { fix: "net.fetch(name, '/', init)" })
  }
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
