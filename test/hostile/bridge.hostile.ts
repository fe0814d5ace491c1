import { expect, test } from 'vitest'
import { hostileJob, inBothProfiles } from './support/jail.ts'
import { NEIGHBOUR, observed, outcome, outcomeOf, settled } from './support/observed.ts'
import { figure } from './support/report.ts'

const LIMITS = { cpuMs: 1000, wallMs: 3000, bodyBytes: 256 * 1024 }

/** What a handler may return, and what must become of it: an answer's text, or an error's code. */
const CASES: [what: string, must: string, code: string][] = [
  [
    'a thenable that calls both',
    'first',
    `({ then(ok, no) { ok(new Response('first')); no(new Error('second')); ok(new Response('third')) } })`,
  ],
  [
    'a thenable that calls and throws',
    'first',
    `({ then(ok) { ok(new Response('first')); throw new Error('second') } })`,
  ],
  ['a thenable that never calls', 'handler-failed', `({ then() {} })`],
  ['a thenable of itself', 'limit-cpu', `(() => { const self = { then(ok) { ok(self) } }; return self })()`],
  [
    'a thenable whose then is asked twice',
    'first',
    `(() => { let n = 0; return { get then() { n += 1; return n > 1 ? undefined : (ok) => ok(new Response('first')) } } })()`,
  ],
  ['a proxy of a Response', 'handler-bad-response', `new Proxy(new Response('x'), {})`],
  [
    'a proxy whose traps throw',
    'handler-failed',
    `new Proxy(new Response('x'), { get() { throw new Error('trap') }, getPrototypeOf() { throw new Error('trap') } })`,
  ],
  ['an object of the class only', 'handler-bad-response', `Object.create(Response.prototype)`],
  [
    'a Response of a subclass with getters that change',
    'first|handler-failed',
    `new (class extends Response { #n = 0; get status() { return this.#n++ === 0 ? 200 : 999 } get body() { throw new Error('body') } get headers() { return 7 } })('first')`,
  ],
  ['a Response twice', 'first', `(globalThis.kept ??= new Response('first')).clone()`],
  ['a body that throws', 'handler-failed', `new Response(new ReadableStream({ pull() { throw new Error('pull') } }))`],
  [
    'a body that never comes',
    'handler-failed',
    `new Response(new ReadableStream({ pull: () => new Promise(() => {}) }))`,
  ],
  [
    'a body that ends twice',
    'okok',
    `new Response(new ReadableStream({ pull(c) { c.enqueue(text('ok')); c.enqueue(text('ok')); c.close(); try { c.close() } catch {} try { c.enqueue(text('no')) } catch {} } }))`,
  ],
  [
    'a body of too much',
    'result-too-large',
    `new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(65536)) } }))`,
  ],
  [
    'a body of nothing without end',
    'limit-cpu',
    `new Response(new ReadableStream({ pull(c) { try { c.enqueue(new Uint8Array(0)) } catch { c.enqueue(text('')) } } }, { highWaterMark: 0 }))`,
  ],
  [
    'chunks that grow while they are sent',
    'result-too-large',
    `new Response(new ReadableStream({ pull(c) { const b = new ArrayBuffer(8, { maxByteLength: 1 << 20 }); c.enqueue(new Uint8Array(b)); b.resize(1 << 20); c.close() } }))`,
  ],
  [
    'chunks that are gone when they are sent',
    'handler-failed|',
    `new Response(new ReadableStream({ pull(c) { const v = new Uint8Array(8); c.enqueue(v); v.buffer.transfer(); c.close() } }))`,
  ],
  [
    'chunks that say another length',
    'handler-failed|limit-cpu|result-too-large|timeout',
    `new Response(new ReadableStream({ pull(c) { c.enqueue(Object.defineProperty(new Uint8Array(8), 'length', { value: 2 ** 40 })); c.close() } }))`,
  ],
  [
    'a reader of its own',
    'handler-failed|handler-bad-response|limit-cpu|result-too-large|timeout',
    `(() => { ReadableStream.prototype.getReader = () => ({ read: () => ({ then(ok, no) { ok({ get done() { return false }, get value() { return new Uint8Array(1) } }); no(1) } }), cancel: () => 7 }); return new Response(new ReadableStream()) })()`,
  ],
  [
    'an answer from within a getter that the process asks for',
    'first',
    `(() => { Promise.reject({ get message() { console.log('in'); setTimeout(() => {}, 1); return new Response('x') } }); return new Response('first') })()`,
  ],
]

inBothProfiles((profile) => {
  test('BRIDGE: thenables, proxies and strange streams end as their call, once, and by name', async () => {
    const { runner } = await observed()
    const neighbour = await hostileJob(NEIGHBOUR, { profile })
    const wrong: string[] = []
    for (const [what, must, code] of CASES) {
      const text = `const text = (t) => new TextEncoder().encode(t); export default () => ${code}`
      const got = await outcomeOf(runner, text, { profile, limits: LIMITS })
      if (!must.split('|').includes(got.code || got.text)) wrong.push(`${what}: ${got.code} ${got.text.slice(0, 100)}`)
      expect(await outcome(runner, neighbour)).toMatchObject({ code: '' })
    }
    expect(wrong).toEqual([])
    await settled(runner)
    figure('BRIDGE', `${profile}: answers by thenables, proxies and streams; wrong ends`, `${CASES.length}, 0`)
  })

  test('BRIDGE: a request’s body that is read in strange ways ends with its call', async () => {
    const { runner } = await observed()
    const post = { method: 'POST', url: 'http://hostile.test/', headers: [] }
    const ways = [
      `request.body.getReader(); request.body.getReader()`,
      `const r = request.body.getReader(); r.read(); r.read(); r.cancel(); r.cancel(); await r.read()`,
      `const r = request.body.getReader({ mode: 'byob' }); await r.read(new Uint8Array(new ArrayBuffer(8, { maxByteLength: 16 })))`,
      `const [a, b] = request.body.tee(); await new Response(a).text(); return new Response(b)`,
      `request.body.cancel({ get x() { throw 1 } }); return new Response(request.body)`,
      `for await (const x of request.body) break; return new Response('x')`,
    ]
    const ends = new Set<string>()
    for (const way of ways) {
      const text = `export default async (request) => { ${way} ; return new Response('x') }`
      const { code } = await outcomeOf(runner, text, {
        profile,
        request: post,
        body: new Uint8Array(200_000),
        limits: LIMITS,
      })
      ends.add(code)
    }
    expect([...ends].filter((code) => !['', 'handler-failed', 'handler-bad-response'].includes(code))).toEqual([])
    figure('BRIDGE', `${profile}: strange readers of a request; wrong ends`, `${ways.length}, 0`)
  })
})
