import { expect, test } from 'vitest'
import { inBothProfiles } from './support/jail.ts'
import { NEIGHBOUR, observed, outcomeOf } from './support/observed.ts'
import { figure } from './support/report.ts'

/** Values that do what nobody expects of an argument, each made anew. */
const EVIL = `
const trap = (name) => () => { throw new Error('trap ' + name) }
const TRAPS = Object.fromEntries(['get', 'set', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor', 'defineProperty', 'apply', 'construct'].map((name) => [name, trap(name)]))
const grown = () => { const view = new Uint8Array(new ArrayBuffer(8, { maxByteLength: 64 })); view.buffer.resize(64); return view }
const shrunk = () => { const view = new Uint8Array(new ArrayBuffer(64, { maxByteLength: 64 }), 32); view.buffer.resize(8); return view }
const detached = () => { const view = new Uint8Array(8); view.buffer.transfer(); return view }
const EVIL = [
  () => new Proxy({}, TRAPS), () => new Proxy(function () {}, TRAPS), () => new Proxy([], {}), () => new Proxy(new Uint8Array(8), {}),
  () => { const r = Proxy.revocable({}, {}); r.revoke(); return r.proxy }, () => { const r = Proxy.revocable(() => {}, {}); r.revoke(); return r.proxy },
  () => ({ get value() { throw new Error('getter') }, get length() { throw 1 }, get then() { throw 2 }, get status() { throw 3 } }),
  () => ({ then(ok, no) { ok(1); no(2); ok(3) } }), () => ({ then() {} }), () => ({ then() { throw 1 } }), () => ({ toJSON() { throw 1 } }), () => ({ toJSON: () => 'x'.repeat(1e4) }),
  () => ({ [Symbol.toPrimitive]() { return {} } }), () => ({ [Symbol.toPrimitive]: () => Symbol() }), () => ({ toString: () => 'x'.repeat(1e4), valueOf: () => Number.NaN }),
  () => ({ toString: 1, valueOf: 1 }), () => ({ valueOf() { return setTimeout(this) } }), () => ({ [Symbol.iterator]: () => ({ next: trap('next') }) }), () => ({ length: 1e3 }), () => ({ __proto__: null }),
  () => { class A extends Array { static get [Symbol.species]() { throw new Error('species') } } return A.from([1]) },
  () => { class U extends Uint8Array { static get [Symbol.species]() { return Array } } return new U(8) },
  () => Object.defineProperty(new Uint8Array(8), 'length', { value: 2 ** 16 }), () => Object.defineProperty(new Uint8Array(8), 'buffer', { value: {} }), () => Object.defineProperty(new Uint8Array(8), 'constructor', { get: trap('constructor') }),
  grown, shrunk, detached, () => new DataView(new ArrayBuffer(8)), () => new BigUint64Array(1), () => new Float64Array(1),
  () => -1, () => Number.NaN, () => Infinity, () => -Infinity, () => 2 ** 53, () => -0, () => 1e308, () => 1n, () => 2n ** 2000n, () => Symbol('s'), () => Symbol.iterator,
  () => '\\ud800', () => 'a\\udc00b', () => '\\0\\r\\n', () => '%s%d%o%j%c%', () => 'x'.repeat(1e4), () => null, () => undefined, () => '', () => true, () => [], () => [[]],
  () => new Date(Number.NaN), () => /(?:)/g, () => new Error('e', { cause: { get x() { throw 1 } } }), () => Promise.reject(1), () => globalThis, () => request0, () => new Response('x'), () => new ReadableStream(), () => new Map([[{}, {}]]),
]
let request0`

/** Every function that ends in the process, and what leads to those, with each evil value in each place. */
const STORM = `${EVIL}
let cases = 0, once = 0
const texts = new Set()
const seen = (error) => { try { texts.add(String(error?.stack ?? '')) } catch {} }
export default async (request, env, ctx) => {
  request0 = request
  const controllerOf = () => { let c; new ReadableStream({ start(x) { c = x } }); return c }
  const APIS = [
    (...a) => clearTimeout(setTimeout(...a)), (...a) => clearInterval(setInterval(...a)), (...a) => clearTimeout(...a), (...a) => queueMicrotask(...a), (...a) => structuredClone(...a),
    ...['log', 'debug', 'error', 'table', 'dir', 'assert', 'count', 'time', 'timeEnd', 'group', 'trace'].map((name) => (...a) => console[name](...a)),
    (...a) => crypto.getRandomValues(...a), (...a) => crypto.randomUUID(...a), (...a) => btoa(...a), (...a) => atob(...a), (...a) => new TextEncoder().encode(...a), (...a) => new TextEncoder().encodeInto(...a),
    (...a) => new TextDecoder().decode(...a), (...a) => new TextDecoder(...a), (...a) => new Response(...a), (a, b) => new Response('', { status: a, statusText: b }), (a, b) => new Response('', { headers: { x: a, y: b } }), (a, b) => new Response('', { headers: [[a, b]] }),
    (...a) => Response.json(...a), (...a) => Response.redirect(...a), (...a) => new Request(...a), (a, b) => new Request('http://x/', { method: a, body: b }), (a, b) => new Headers().append(a, b), (...a) => new Headers(...a), (...a) => new URL(...a), (...a) => new URLSearchParams(...a),
    (...a) => new Blob(...a), (a, b) => new File([a], b), (...a) => new FormData().append(...a), (...a) => AbortSignal.any(...a), (...a) => AbortSignal.abort(...a), (...a) => new AbortController().abort(...a),
    (...a) => ctx.waitUntil(...a), (...a) => new EventTarget().addEventListener(...a), (...a) => new EventTarget().dispatchEvent(...a), (...a) => new Event(...a), (...a) => new DOMException(...a), (...a) => fetch(...a),
    (...a) => controllerOf().enqueue(...a), (...a) => controllerOf().error(...a), (...a) => new ReadableStream(...a), (...a) => new WritableStream(...a), (...a) => new TransformStream(...a), (...a) => performance.now(...a),
  ]
  for (const api of APIS) for (const one of EVIL) for (const args of [() => [one()], () => [1, one()], () => [() => {}, one(), one()], () => [one(), one()]]) {
    cases += 1
    try { const result = api(...args()); if (typeof result?.then === 'function') Promise.resolve(result).catch(seen) } catch (error) { seen(error) }
  }
  console.groupEnd()
  await new Promise((ok) => setTimeout(() => { once += 1; ok() }, 1))
  return Response.json({ cases, once, leaked: [...texts].filter((text) => /file:|node:|isolated-vm/.test(text)) })
}
export const echo = (at) => EVIL[at]()`

inBothProfiles((profile) => {
  test('A02: no argument breaks the process or makes it tell of itself', async () => {
    const { runner } = await observed()
    const neighbour = await outcomeOf(runner, NEIGHBOUR, { profile })
    const limits = { cpuMs: 30_000, wallMs: 60_000 }
    const { text, told } = await outcomeOf(runner, STORM, { profile, limits })
    expect(told).toContain('cases')
    const { cases, once, leaked } = JSON.parse(text) as { cases: number; once: number; leaked: string[] }
    expect({ once, leaked }).toEqual({ once: 1, leaked: [] })
    // The isolate is as it was, and so is the process: it has loaded nothing again.
    expect((await outcomeOf(runner, STORM, { profile, limits })).code).toBe('')
    expect((await outcomeOf(runner, NEIGHBOUR, { profile })).text).toMatch(/^well/)
    expect(neighbour.code).toBe('')
    figure('A02', `${profile}: arguments tried; errors of the process seen inside, processes broken`, `${cases}, 0, 0`)
  })

  test('A02: each value as an answer, a body, a chunk, a head and a result ends by name', async () => {
    const { runner } = await observed()
    const text = `${EVIL}
      const AS = { answer: (v) => v, body: (v) => new Response(v), status: (v) => new Response('', { status: v }), header: (v) => new Response('', { headers: { a: v } }),
        chunk: (v) => new Response(new ReadableStream({ pull(c) { c.enqueue(v); c.close() } })), thrown: (v) => { throw v }, rejected: (v) => Promise.reject(v),
        late: async (v) => { await 0; return v } }
      export default (request) => { request0 = request; const [, as, at] = /(\\w+)=(\\d+)/.exec(request.url); return AS[as](EVIL[at]()) }
      export const echo = (at) => EVIL[at]()
      export const size = () => [EVIL.length, Object.keys(AS)]`
    const rpc = (name: string, body: string): ReturnType<typeof outcomeOf> =>
      outcomeOf(runner, text, {
        profile,
        request: { method: 'POST', url: 'http://hostile.test/', headers: [['hither-rpc', name]] },
        body: new TextEncoder().encode(body),
        limits: { wallMs: 2000, cpuMs: 1000 },
      })
    const size = JSON.parse((await rpc('size', '[[]]')).text) as unknown[]
    const count = size[1] as number
    const ways = size.slice(3) as string[]
    expect(count).toBeGreaterThan(60)
    const codes = new Set<string>()
    for (let at = 0; at < count; at++) {
      for (const way of ways) {
        const request = { method: 'GET', url: `http://hostile.test/?${way}=${at}`, headers: [] }
        codes.add((await outcomeOf(runner, text, { profile, request, limits: { wallMs: 2000, cpuMs: 1000 } })).code)
      }
      codes.add((await rpc('echo', `[[1],${at}]`)).code)
    }
    expect(
      [...codes].filter(
        (code) => !['', 'handler-failed', 'handler-bad-response', 'result-too-large', 'timeout'].includes(code),
      ),
    ).toEqual([])
    expect((await outcomeOf(runner, NEIGHBOUR, { profile })).text).toMatch(/^well/)
    figure(
      'A02',
      `${profile}: answers tried, and how they ended`,
      `${count * (ways.length + 1)}: ${[...codes].map((code) => code || 'answer').join(', ')}`,
    )
  })
})
