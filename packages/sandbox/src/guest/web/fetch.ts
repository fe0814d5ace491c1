import { getRequestState, Request } from 'undici/lib/web/fetch/request.js'
import type { Response } from 'undici/lib/web/fetch/response.js'
import { current } from '../call/calls.ts'
import { RequestBody } from './fetch/body.ts'
import { Fetching } from './fetch/fetching.ts'
import { isDataUrl, readDataUrl } from './fetch/data-url.ts'

/** Asks another server. Where a request may go, the manifest says and the parent decides. */
// Its length is 1, as Web IDL has it.
export async function fetch(input: unknown, ...[init]: [init?: unknown]): Promise<Response> {
  const request = new Request(input, init)
  const { signal } = request
  if (signal.aborted) {
    new RequestBody(getRequestState(request).body).cancel(signal.reason)
    throw signal.reason
  }
  if (isDataUrl(request.url)) return readDataUrl(request.url)
  return new Fetching(current, request).run()
}
