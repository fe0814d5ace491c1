import { getRequestState, type Request } from 'undici/lib/web/fetch/request.js'
import type { Response } from 'undici/lib/web/fetch/response.js'
import type { Call } from '../../call/calls.ts'
import { BasePromise } from '../../primordials.ts'
import { isBodiless, type FetchedHead } from '../../wall/fetch.ts'
import { RequestBody } from './body.ts'
import { Exchange } from './exchange.ts'
import { givePlace, takePlace } from './places.ts'
import { isRedirect, redirected, REDIRECTS_MAX, valueOf, without, type Step } from './redirect.ts'
import { makeResponse } from './response.ts'

/** One fetch, from its request to the last byte of its response: an exchange, or several where it is redirected. */
export class Fetching {
  readonly #call: Call
  readonly #request: Request
  readonly #body: RequestBody
  #exchange: Exchange | undefined

  constructor(call: Call, request: Request) {
    this.#call = call
    this.#request = request
    this.#body = new RequestBody(getRequestState(request).body)
  }

  async run(): Promise<Response> {
    const { signal } = this.#request
    let stop: (() => void) | undefined
    const aborted = new BasePromise<never>((_, reject) => {
      stop = () => {
        this.#stop(signal.reason)
        reject(signal.reason)
      }
      signal.addEventListener('abort', stop)
    })
    try {
      return await BasePromise.race([this.#follow(), aborted])
    } catch (thrown) {
      this.#stop(thrown)
      throw thrown
    }
  }

  async #follow(): Promise<Response> {
    const { method, url, headers, redirect, integrity } = this.#request
    if (integrity !== '') throw new TypeError('fetch failed: `integrity` is not supported here')
    let step: Step = { method, url, headers: [...headers].flat() }
    const urls = [url]
    let body: RequestBody | undefined = this.#body
    for (;;) {
      const { sending, type } = (await body?.sending()) ?? { sending: undefined }
      if (type !== undefined) step.headers = [...without(step.headers, ['content-type']), 'content-type', type]
      const exchange = await this.#open()
      const head = await exchange.send(step, sending)
      const location = isRedirect(head.status) ? valueOf(head.headers, 'location') : undefined
      if (location === undefined || redirect === 'manual') return this.#respond(exchange, head, step.method, urls)
      if (redirect === 'error') throw new TypeError('fetch failed: it was redirected, and `redirect` is "error"')
      if (urls.length > REDIRECTS_MAX)
        throw new TypeError(`fetch failed: it was redirected more than ${REDIRECTS_MAX} times`)
      exchange.drop()
      const next = redirected(step, head.status, location)
      if (!next.keepsBody) body = undefined
      step = next
      urls.push(next.url)
    }
  }

  async #open(): Promise<Exchange> {
    const call = this.#call
    await takePlace(call)
    // What follows the user's signal is held by this alone once the head has come, and only weakly by the signal: hence not `call`.
    const exchange = new Exchange(call, () => givePlace(this.#call))
    this.#exchange = exchange
    // It may have been aborted while it waited.
    if (this.#request.signal.aborted) {
      exchange.drop()
      throw this.#request.signal.reason
    }
    return exchange
  }

  #respond(exchange: Exchange, head: FetchedHead, method: string, urls: string[]): Response {
    if (!isBodiless(method, head.status)) return makeResponse(head, urls, exchange.body())
    exchange.drop()
    return makeResponse(head, urls, undefined)
  }

  #stop(reason: unknown): void {
    this.#exchange?.drop(reason)
    this.#body.cancel(reason)
  }
}
