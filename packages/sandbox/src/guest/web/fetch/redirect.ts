import { URL } from 'whatwg-url'

/** What the Fetch Standard has redirects change of a request. */

/** As many as browsers follow. */
export const REDIRECTS_MAX = 20

export interface Step {
  method: string
  url: string
  /** Names in lower case and values, in turn. */
  headers: string[]
}

const WITH_BODY = ['content-encoding', 'content-language', 'content-location', 'content-type']
const OF_ORIGIN = ['authorization', 'proxy-authorization', 'cookie']

export function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308
}

/** The request after a redirect. `keepsBody`: its body goes along. Throws a TypeError where it leads nowhere. */
export function redirected(step: Step, status: number, location: string): Step & { keepsBody: boolean } {
  const url = URL.parse(location, step.url)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new TypeError('fetch failed: the redirect leads to something else than http: or https:')
  const before = new URL(step.url)
  if (url.hash === '') url.hash = before.hash
  const becomesGet =
    status === 303 ? step.method !== 'GET' && step.method !== 'HEAD' : status < 303 && step.method === 'POST'
  const dropped = [...(becomesGet ? WITH_BODY : []), ...(url.origin === before.origin ? [] : OF_ORIGIN)]
  return {
    method: becomesGet ? 'GET' : step.method,
    url: url.href,
    headers: without(step.headers, dropped),
    keepsBody: !becomesGet,
  }
}

export function without(headers: readonly string[], names: readonly string[]): string[] {
  const kept: string[] = []
  for (let at = 0; at < headers.length; at += 2) {
    const [name = '', value = ''] = [headers[at], headers[at + 1]]
    if (!names.includes(name)) kept.push(name, value)
  }
  return kept
}

export function valueOf(headers: readonly string[], name: string): string | undefined {
  for (let at = 0; at < headers.length; at += 2) if (headers[at] === name) return headers[at + 1]
  return undefined
}
