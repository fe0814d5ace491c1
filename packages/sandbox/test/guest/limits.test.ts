import { describe, expect, test } from 'vitest'
import { BACKGROUND_CALLS_MAX, TIMERS_MAX } from '../../src/guest/wall/limits.ts'
import { start, startHandler } from './start.ts'

describe('the processor limit ends', () => {
  test.each([
    ['a loop', `for (;;);`],
    ['a loop after an await', `await 0; for (;;);`],
    ['a loop in a timer', `await new Promise((ok) => setTimeout(ok, 1)); for (;;);`],
    ['a regular expression', `/^(a+)+$/.test('a'.repeat(40) + 'b')`],
    ['an endless chain of microtasks', `for (;;) await 0`],
    ['a loop of logging', `for (;;) console.log('x'.repeat(10_000))`],
    [
      'a loop in a listener',
      `request.signal.onabort = () => { for (;;); }; return new Response(new ReadableStream({ pull() { for (;;); } }))`,
    ],
    ['a loop in a getter', `return { get status() { for (;;); }, then(ok) { for (;;); } }`],
  ])('%s', async (_name, code) => {
    const { fail, guest } = startHandler(code)
    expect(await fail({}, { cpuMs: 200 })).toMatchObject({ code: 'limit-cpu' })
    expect(guest.usable).toBe(false)
    expect(guest.cpuMs()).toBeGreaterThan(100)
  })

  test('a call whose turns are each short', async () => {
    const { fail } = startHandler(`for (;;) {
      const until = performance.now() + 20; while (performance.now() < until);
      await new Promise((ok) => setTimeout(ok, 1)) }`)
    expect(await fail({}, { cpuMs: 100 })).toMatchObject({ code: 'limit-cpu' })
  })

  test('not a call that only waits', async () => {
    const { fetch } = startHandler(`await new Promise((ok) => setTimeout(ok, 200)); return new Response('ok')`)
    expect((await fetch({}, { cpuMs: 100 })).text).toBe('ok')
  })
})

test('the innocent of a broken isolate are told so, and later calls fail', async () => {
  const { call, fail, guest } = start(`export default async (request) => {
    if (request.url.endsWith('loop')) for (;;);
    await new Promise((ok) => setTimeout(ok, 50_000)) }`)
  const innocent = call()
  expect(await fail({ url: 'http://fn.localhost/loop' }, { cpuMs: 50 })).toMatchObject({ code: 'limit-cpu' })
  expect(await innocent).toMatchObject({ error: { code: 'sandbox-crashed' } })
  expect(await fail()).toMatchObject({ code: 'sandbox-crashed' })
  expect(guest.pending).toBe(0)
})

describe('the memory limit', () => {
  test('ends a call that goes over it', async () => {
    const { fail, guest } = startHandler(`const all = []; for (;;) all.push({ a: [1, 2, 3] })`, { memoryMb: 32 })
    expect(await fail({}, { cpuMs: 20_000 })).toMatchObject({
      code: 'limit-memory',
      message: expect.stringContaining('32 MiB'),
    })
    expect(guest.usable).toBe(false)
    expect(guest.heapBytes()).toBe(0)
  })

  test('ends a module that goes over it', () => {
    expect(() => start(`const all = []; for (;;) all.push({ a: [1, 2, 3] })`, { memoryMb: 32 })).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/limit-(memory|cpu)/) }),
    )
  })

  test('is felt as a RangeError by buffers', async () => {
    const { fail } = startHandler(`new ArrayBuffer(1e9)`)
    expect(await fail()).toMatchObject({ code: 'handler-failed', data: { name: 'RangeError' } })
  })
})

test('of calls that go on after their answer, the newest may', async () => {
  const { fetch } = start(`const wait = () => new Promise((ok) => setTimeout(ok, 25_000))
    export default (request, env, ctx) => {
      let timers = 0
      if (request.url.endsWith('count')) try { for (;; timers += 1) setTimeout(() => {}) } catch { return Response.json(timers) }
      ctx.waitUntil(wait())
      return new Response('ok') }`)
  for (let i = 0; i < BACKGROUND_CALLS_MAX + 20; i += 1) expect((await fetch()).text).toBe('ok')
  // Each of those that still go on has one.
  expect((await fetch({ url: 'http://fn.localhost/count' })).text).toBe(String(TIMERS_MAX - BACKGROUND_CALLS_MAX))
})

test('what the guest uses is known', async () => {
  const { fetch, guest } = startHandler(`globalThis.kept = 'x'.repeat(10); return new Response('ok')`)
  await fetch()
  expect(guest.cpuMs()).toBeGreaterThan(0)
  expect(guest.heapBytes()).toBeGreaterThan(1_000_000)
})

test('rejections that were forgotten by the million change nothing about the end of their call', async () => {
  const { fail, guest } = startHandler(`for (let i = 0; ; i += 1) Promise.reject(new Error('x' + i))`)
  expect(await fail({}, { cpuMs: 300 })).toMatchObject({ code: 'limit-cpu' })
  expect(() => guest.heapBytes()).not.toThrow()
})

test('disposing ends what is pending, once', async () => {
  const { call, guest } = startHandler(`await new Promise((ok) => setTimeout(ok, 50_000))`)
  const pending = call()
  guest.dispose()
  expect(await pending).toMatchObject({ error: { code: 'sandbox-crashed' } })
  expect(guest.usable).toBe(false)
  guest.dispose()
})

test('disposing from within `done` is safe', async () => {
  const { guest, fetch, call } = startHandler(`if (request.url.endsWith('now')) return new Response('ok')
    await new Promise((ok) => setTimeout(ok, 50_000))`)
  const pending = call()
  await fetch({ url: 'http://fn.localhost/now' }).then(() => guest.dispose())
  expect(await pending).toMatchObject({ error: { code: 'sandbox-crashed' } })
})

test('without recursion’s end the stack is, and nothing else', async () => {
  const { fail, guest } = startHandler(`(function again() { again() })()`)
  expect(await fail()).toMatchObject({ data: { name: 'RangeError' } })
  expect(guest.usable).toBe(true)
})
