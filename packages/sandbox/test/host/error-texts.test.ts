import { describe, expect, test } from 'vitest'
import { bench, failure, handler, makeJob, text } from './support.ts'

/** What tells of the machine, or of what stands around a function on it. */
const OF_THE_MACHINE =
  /\/(?:work|home|usr|tmp|root|opt|Users|proc|etc)\/|file:|node:|node_modules|isolated.vm|hither:(?:runtime|entry)|packages\/|dist\//

const BODIES: [string, string][] = [
  ['an error', `throw new Error('mine')`],
  ['no error', `throw { a: 1 }`],
  ['a DOMException', `throw new DOMException('m', 'DataError')`],
  ['a TypeError of V8', `return null.x`],
  ['a stack that is full', `const f = () => f(); f()`],
  ['an error with a cause', `throw new Error('a', { cause: new Error('b') })`],
  ['several', `throw new AggregateError([new Error('a')], 'b')`],
  ['an error of JSON', `JSON.parse('{')`],
  ['an error of a URL', `new URL('nonsense')`],
  ['an error of a Request', `new Request('/relative')`],
  ['an error of a body', `const r = new Response('a'); await r.text(); await r.text()`],
  ['an error of a stream', `await new ReadableStream({ start() { throw new Error('s') } }).getReader().read()`],
  ['an error of a clone', `structuredClone(() => 1)`],
  ['an error of a decoder', `new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([255]))`],
  ['an error of random numbers', `crypto.getRandomValues(new Uint8Array(1e6))`],
  ['an error of a digest', `await crypto.subtle.digest('nonsense', new Uint8Array(1))`],
  ['an error of a key', `await crypto.subtle.importKey('jwk', {}, 'RSA-OAEP', true, [])`],
  ['an error of fetch', `await fetch('http://nowhere.test/')`],
  ['an error of WebAssembly', `await WebAssembly.compile(new Uint8Array([1, 2, 3]))`],
  ['an error of atob', `atob('*')`],
  ['an import', `await import('node:fs')`],
  ['a Response that is none', `return 1`],
  ['its own stack', `throw new Error(new Error('x').stack)`],
  [
    'all frames that there are',
    `Error.prepareStackTrace = (_, f) => f.map(String).join(); throw new Error(new Error('x').stack)`,
  ],
  ['a getter that throws', `throw Object.defineProperty(new Error('a'), 'stack', { get() { throw new Error('b') } })`],
]

const LOADS: [string, string][] = [
  ['a syntax error', `export default {`],
  ['an import', `import fs from 'node:fs'; export default fs`],
  ['a throw', `throw new Error('while it loads')`],
  ['no handler', `export default 1`],
  ['a rejected await', `await Promise.reject(new Error('awaited')); export default () => new Response()`],
]

function withoutRuntime(words: string): string {
  return words.replaceAll(/hither:runtime[:\d]*/g, '')
}

describe('what is told of a failure names nothing of the machine', () => {
  test.each(BODIES)('%s', async (_, body) => {
    const on = bench()
    const job = await makeJob(handler(`${body}\nconsole.trace('t')`), { egress: ['nowhere.test'] })
    const error = await failure(text(on.runner.run(job)).then((answer) => expect(answer).toBe('')))
    // The runtime's own name is no secret, and a handler may put it in its words; in stacks it is only noise.
    expect(withoutRuntime(JSON.stringify([error.toWire(), on.logs]))).not.toMatch(OF_THE_MACHINE)
    expect(JSON.stringify(error.data?.['stack'] ?? '')).not.toContain('hither:')
    // What a handler can see itself of what it caught.
    const seen = await makeJob(
      handler(`
      try { await (async () => { ${body} })() } catch (e) {
        console.error(e)
        return new Response(String(e?.name) + String(e?.message) + seen(e))
      }
      return new Response('nothing was thrown')
      function seen(e) { try { return String(e?.stack) + String(e?.cause?.stack) } catch { return '' } }`),
    )
    const told = await text(on.runner.run(seen))
    expect(withoutRuntime(told)).not.toMatch(OF_THE_MACHINE)
  })

  test.each(LOADS)('%s where it loads', async (_, code) => {
    const on = bench()
    const error = await failure(on.runner.run(await makeJob(code)))
    const words = JSON.stringify([error.toWire(), on.logs]).replaceAll('imports \\"node:fs\\"', '')
    expect(words).not.toMatch(OF_THE_MACHINE)
  })
})

test('a rejection that one call forgets fails none of those beside it, nor the next', async () => {
  const on = bench()
  const job = await makeJob(
    handler(`
    const id = new URL(request.url).pathname
    if (id.includes('forget')) {
      void Promise.reject(new Error('forgotten by ' + id))
      void (async () => { await null; throw new Error('late, by ' + id) })()
      setTimeout(() => void Promise.reject(new Error('later, by ' + id)), 1)
    }
    for (let i = 0; i < 3; i++) await new Promise((go) => setTimeout(go, 2))
    return new Response(id)`),
  )
  const call = (path: string): Promise<string> =>
    text(on.runner.run({ ...job, request: { ...job.request, url: `http://f.test${path}` } }))
  const paths = Array.from({ length: 30 }, (_, i) => (i % 3 === 0 ? `/forget-${i}` : `/keep-${i}`))
  expect(await Promise.all(paths.map(call))).toEqual(paths)
  expect(await call('/after')).toBe('/after')
  expect(on.logs.filter(({ text: line }) => line.includes('unhandled rejection')).length).toBeGreaterThan(0)
})
