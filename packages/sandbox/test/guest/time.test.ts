import { describe, expect, test, vi } from 'vitest'
import { start, startHandler } from './start.ts'

const SLEEP = `const sleep = (ms) => new Promise((ok) => setTimeout(ok, ms));`

describe('timers', () => {
  test('run in order, with their arguments, their microtasks between them', async () => {
    const { fetch } = startHandler(`const seen = []
      setTimeout((x) => { seen.push(x); queueMicrotask(() => seen.push('micro')) }, 100, 'first')
      setTimeout(() => seen.push('second'), 100)
      setTimeout(() => seen.push('early'), 1)
      clearTimeout(setTimeout(() => seen.push('never'), 50))
      await new Promise((ok) => setTimeout(ok, 150)); return Response.json(seen)`)
    expect(JSON.parse((await fetch()).text)).toEqual(['early', 'first', 'micro', 'second'])
  })

  test('repeat until they are cleared', async () => {
    const { fetch } = startHandler(`let n = 0
      await new Promise((ok) => { const id = setInterval(() => { if (++n === 3) { clearInterval(id); ok() } }, 1) })
      return new Response(String(n))`)
    expect((await fetch()).text).toBe('3')
  })

  test('that throw are logged and stop nobody', async () => {
    const { fetch, logs } = startHandler(`setTimeout(() => { throw new Error('in a timer') }, 1)
      await new Promise((ok) => setTimeout(ok, 5)); return new Response('ok')`)
    expect((await fetch()).text).toBe('ok')
    expect(logs[0]).toMatchObject({ level: 'error', text: expect.stringContaining('in a timer') })
  })

  test('are bounded in number', async () => {
    const { fail } = startHandler(`for (;;) setTimeout(() => {}, 1000)`)
    expect(await fail()).toMatchObject({ data: { name: 'QuotaExceededError' } })
  })

  test('are never armed in the process more than once', async () => {
    const spy = vi.spyOn(globalThis, 'setTimeout')
    const { call, guest } = startHandler(`for (let i = 0; i < 100; i++) setTimeout(() => {}, 50_000 + i)
      await new Promise(() => {})`)
    void call()
    expect(guest.pending).toBe(1)
    expect(spy).toHaveBeenCalledTimes(1)
    spy.mockRestore()
  })
})

describe('several calls in one isolate', () => {
  test('wait at the same time and end in their own order', async () => {
    const { fetch, guest } = start(`${SLEEP} export default async (request) => {
      const ms = Number(new URL(request.url).searchParams.get('ms')); await sleep(ms); return new Response(String(ms)) }`)
    const order: string[] = []
    const calls = [600, 5, 300].map(async (ms) => {
      const { text } = await fetch({ url: `http://fn.localhost/?ms=${ms}` })
      order.push(text)
    })
    expect(guest.pending).toBe(3)
    await Promise.all(calls)
    expect(order).toEqual(['5', '300', '600'])
    expect(guest.pending).toBe(0)
  })

  test('may be made from within `done`', async () => {
    const { guest, fetch } = start(`${SLEEP} export default async () => { await sleep(1); return new Response('ok') }`)
    const texts = new Promise<string>((resolve) => {
      const request = { id: 99, method: 'GET', url: 'http://fn.localhost/', headers: [], body: new Uint8Array(0) }
      const limits = { cpuMs: 1000, patience: 1, bodyBytes: 1000 }
      const none = (): void => undefined
      const done = (): void => resolve(fetch().then(({ text }) => text))
      guest.invoke(request, limits, { begin: none, piece: none, want: none, leave: none, done, over: none })
    })
    expect(await texts).toBe('ok')
  })
})

describe('a handler that never answers', () => {
  test('fails at once where nothing could wake it', async () => {
    const { fail, guest } = startHandler(`await new Promise(() => {})`)
    expect(await fail()).toMatchObject({ code: 'handler-failed', message: expect.stringContaining('never answers') })
    expect(guest.usable).toBe(true)
  })

  test('fails together with all that wait like it, and a `done` may call again', async () => {
    const { call, fail, fetch, logs } = start(`export default (request) =>
      request.url.endsWith('well') ? new Response('well') : new Promise((ok) => { globalThis.keep ??= setTimeout(() => {}, 5) })`)
    const again = call().then(async () => (await fetch({ url: 'http://fn.localhost/well' })).text)
    const many = await Promise.all(Array.from({ length: 2000 }, async () => (await fail()).code))
    expect(new Set(many)).toEqual(new Set(['handler-failed']))
    expect(await again).toBe('well')
    expect(logs).toEqual([])
  })

  test('fails when the last timer is gone', async () => {
    const { fail } = startHandler(`setTimeout(() => {}, 5); await new Promise(() => {})`)
    expect(await fail()).toMatchObject({ message: expect.stringContaining('never answers') })
  })
})

describe('cancelling', () => {
  test('aborts the request’s signal and ends the call', async () => {
    const { call, logs, guest } =
      startHandler(`request.signal.addEventListener('abort', () => console.log(request.signal.reason.name))
      await new Promise((ok) => setTimeout(ok, 50_000))`)
    const pending = call()
    pending.handle.cancel()
    pending.handle.cancel()
    expect(await pending).toMatchObject({ error: { code: 'cancelled' } })
    expect(logs).toEqual([{ level: 'info', text: 'AbortError' }])
    expect(guest.pending).toBe(0)
  })

  test('lets the handler clean up', async () => {
    const { call, logs } = startHandler(`try { await new Promise((ok, no) => {
        setTimeout(ok, 50_000); request.signal.onabort = () => no(request.signal.reason) })
      } finally { await new Promise((ok) => setTimeout(ok, 5)); console.log('clean') }`)
    const pending = call()
    pending.handle.cancel()
    await pending
    await expect.poll(() => logs).toEqual([{ level: 'info', text: 'clean' }])
  })

  test('cancels the stream that is being read', async () => {
    const { call, logs } = startHandler(`return new Response(new ReadableStream({
      async pull(c) { await new Promise((ok) => setTimeout(ok, 1)); c.enqueue(new Uint8Array(1)) },
      cancel: (reason) => console.log('stopped', reason.name) }))`)
    const pending = call()
    pending.handle.cancel()
    await pending
    await expect.poll(() => logs).toEqual([{ level: 'info', text: 'stopped AbortError' }])
  })

  test('after the answer does nothing', async () => {
    const { call } = startHandler(`return new Response('ok')`)
    const answered = call()
    await answered
    answered.handle.cancel()
    expect(await answered).toHaveProperty('response')
  })
})

describe('what is given to waitUntil', () => {
  test('goes on after the answer, and its failure is logged', async () => {
    const { fetch, logs } = startHandler(`const { waitUntil } = ctx
      waitUntil(new Promise((ok) => setTimeout(ok, 5)).then(() => console.log('done')))
      waitUntil(Promise.reject(new Error('in vain')))
      return new Response('ok')`)
    expect((await fetch()).text).toBe('ok')
    expect(logs.map(({ text }) => text)).toEqual([expect.stringContaining('waitUntil was rejected: Error: in vain')])
    await expect.poll(() => logs.map(({ text }) => text)).toContain('done')
  })

  test('is on the call’s account still', async () => {
    const { fetch, guest } =
      startHandler(`ctx.waitUntil(new Promise((ok) => setTimeout(ok, 5)).then(() => { for (;;); }))
      return new Response('ok')`)
    expect((await fetch({}, { cpuMs: 100 })).text).toBe('ok')
    await expect.poll(() => guest.usable).toBe(false)
  })

  test('is all that outlives a call: its other timers end with it', async () => {
    const { fetch, logs } = start(`export default (request) => {
      if (request.url.endsWith('wait')) return new Promise((ok) => setTimeout(() => ok(new Response('waited')), 20))
      setTimeout(() => console.log('too late'), 1); return new Response('ok') }`)
    await fetch()
    await fetch({ url: 'http://fn.localhost/wait' })
    expect(logs).toEqual([])
  })

  test('is all that outlives a call: timers that are set behind its answer never fire, and stop no others', async () => {
    const { fetch, logs } = start(`const later = async () => {
        for (let i = 0; i < 20; i++) await 0
        setTimeout(() => console.log('too late'), 1)
        setInterval(() => console.log('too late'), 1)
        AbortSignal.timeout(1).onabort = () => console.log('too late')
      }
      export default (request) => {
        if (request.url.endsWith('wait')) return new Promise((ok) => setTimeout(() => ok(new Response('waited')), 20))
        void later(); return new Response('ok') }`)
    await fetch()
    expect((await fetch({ url: 'http://fn.localhost/wait' })).text).toBe('waited')
    expect(logs).toEqual([])
  })
})
