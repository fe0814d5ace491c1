interface Harness {
  setup: (settings: object) => void
  timeout: () => void
  add_completion_callback: (done: (tests: { name: string; status: number; message: string | null }[]) => void) => void
}

/**
 * Runs inside, as text: makes of a global scope one that the tests take for a worker's, at an address of their server. It adds to
 * the platform, and replaces nothing of it.
 */
export function furnish(report: (told: string) => void, href: string): void {
  const { JSON, setTimeout, URL } = globalThis
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

  scope['__begin'] = (timeoutMs: number): void => {
    const { setup, timeout, add_completion_callback: whenComplete } = scope as unknown as Harness
    setup({ explicit_timeout: true, output: false })
    whenComplete((tests) => report(JSON.stringify(tests.map(({ name, status, message }) => [name, status, message]))))
    setTimeout(timeout, timeoutMs)
  }
}
