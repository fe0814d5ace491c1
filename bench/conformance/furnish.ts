import type { Lent } from './page.ts'

interface Harness {
  setup: (settings: object) => void
  timeout: () => void
  add_completion_callback: (done: (tests: { name: string; status: number; message: string | null }[]) => void) => void
}

/**
 * Runs inside, as text: makes of a global scope one that the tests take for a worker's, at an address of their server. It adds;
 * of the platform it replaces `fetch` alone, which here finds the files of the tree and reaches no network.
 */
export function furnish(lent: Lent, href: string): void {
  const { fetch: platformFetch, JSON, Promise, Request, Response, setTimeout, URL } = globalThis
  const scope = globalThis as unknown as Record<PropertyKey, unknown>
  const url = new URL(href)

  scope['self'] = globalThis
  scope['GLOBAL'] = { isWindow: () => false, isWorker: () => true, isShadowRealm: () => false }
  scope['location'] = {
    href,
    origin: url.origin,
    protocol: url.protocol,
    host: url.host,
    hostname: url.hostname,
    port: url.port,
    pathname: url.pathname,
    search: url.search,
    hash: '',
    toString: () => href,
  }
  scope['get_host_info'] = () => ({
    ORIGIN: url.origin,
    HTTP_ORIGIN: url.origin,
    HTTP_REMOTE_ORIGIN: 'http://www1.web-platform.test:8000',
  })
  // What relative addresses are relative to. undici, which is in both engines, reads it here.
  scope[Symbol.for('undici.globalOrigin.1')] = url

  scope['fetch'] = (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    try {
      const request = new Request(input, init)
      if (!request.url.startsWith('http')) return platformFetch(request)
      request.signal.throwIfAborted()
      const file = lent.read(decodeURIComponent(new URL(request.url).pathname.slice(1)))
      if (file === undefined) throw new TypeError('no network')
      const body = request.method === 'HEAD' ? null : file.bytes
      return Promise.resolve(new Response(body, { headers: { 'content-type': file.type } }))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  scope['__begin'] = (timeoutMs: number): void => {
    const { setup, timeout, add_completion_callback: whenComplete } = scope as unknown as Harness
    setup({ explicit_timeout: true, output: false })
    whenComplete((tests) =>
      lent.report(JSON.stringify(tests.map(({ name, status, message }) => [name, status, message]))),
    )
    setTimeout(timeout, timeoutMs)
  }
}
