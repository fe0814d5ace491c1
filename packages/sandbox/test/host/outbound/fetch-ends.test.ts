import { describe, expect, test } from 'vitest'
import { ASKS_CALL_MAX, FETCHES_AT_ONCE_MAX } from '../../../src/guest/wall/limits.ts'
import { WINDOW_BYTES } from '../../../src/ipc/limits.ts'
import { bench, failure, makeJob, text, until } from '../support.ts'
import { loopback } from './desk.ts'
import { echo, out, type Answer } from './out.ts'

describe('an abort', () => {
  test('ends the request, before and after its head, with the reason', async () => {
    const closed: string[] = []
    const { run, server } = await out((request, response) => {
      response.on('close', () => closed.push(request.url ?? ''))
      if (request.url === '/head') response.writeHead(200).write('some')
    })
    expect(
      await run(`
        const reason = async (promise) => promise.catch((e) => e.message ?? e)
        const before = reason(fetch(url, { signal: AbortSignal.abort('never') }))
        const during = new AbortController()
        const waiting = reason(fetch(url + '/none', { signal: during.signal }))
        const after = new AbortController()
        const r = await fetch(url + '/head', { signal: after.signal })
        const reader = r.body.getReader()
        await reader.read()
        const reading = reason(reader.read())
        during.abort(new Error('during')); after.abort(new Error('after'))
        const timed = await fetch(url + '/none', { signal: AbortSignal.timeout(20) }).catch((e) => e.name)
        return Response.json([await before, await waiting, await reading, timed])`),
    ).toEqual(['never', 'during', 'after', 'TimeoutError'])
    // Where the time was over before there was a connection, the last never came.
    expect(server.seen.length).toBeGreaterThanOrEqual(1)
    await until(() => closed.length === server.seen.length)
  })

  test('of a body that fails is the fetch’s failure', async () => {
    const { run } = await out(echo)
    expect(
      await run(`
        const body = new ReadableStream({ pull(c) { c.error(new RangeError('mine')) } })
        return Response.json(await fetch(url, { method: 'POST', body, duplex: 'half' }).catch((e) => e.name + ' ' + e.message))`),
    ).toBe('RangeError mine')
  })

  test('a response that is cancelled, or a call that ends, leaves no connection behind', async () => {
    let open = 0
    const { run, job, runner } = await out((_, response) => {
      open += 1
      response.on('close', () => void (open -= 1))
      response.writeHead(200).write('x'.repeat(200_000))
    })
    expect(await run(`const r = await fetch(url); await r.body.cancel(); return Response.json(1)`)).toBe(1)
    await until(() => open === 0)
    expect(
      await run(`globalThis.kept = await fetch(url); void fetch(url).catch(() => {}); return Response.json(2)`),
    ).toBe(2)
    await until(() => open === 0)
    const failed = await failure(runner.run(await job(`await fetch(url); void fetch(url); throw new Error('no')`)))
    expect(failed.code).toBe('handler-failed')
    await until(() => open === 0)
    const stuck = await job(`await (await fetch(url)).text(); return new Response()`, { remainingMs: 1000 })
    expect(await failure(runner.run(stuck))).toMatchObject({ code: 'timeout' })
    await until(() => open === 0)
    const controller = new AbortController()
    const left = failure(runner.run(await job(`await (await fetch(url)).text()`), { signal: controller.signal }))
    await until(() => open === 1)
    controller.abort()
    await left
    await until(() => open === 0)
  })
})

describe('an answer to a request that was not sent to its end', () => {
  /** As servers do to what is too large for them. */
  const early: Answer = (request, response) => {
    if (request.url === '/later') {
      response.end('later')
      return
    }
    request.socket.pause()
    request.socket.write('HTTP/1.1 413 Too Large\r\ncontent-length: 7\r\n\r\ntoo big')
  }

  test('is had, its source is told to stop, and the call may go on asking', async () => {
    const { run } = await out(early)
    const told = 'the response was complete before all of the request was sent'
    // Each source that were left behind would keep one of the questions that a call may have open.
    const times = ASKS_CALL_MAX + 1
    expect(
      await run(`
        const seen = []
        for (let n = 0; n < ${times}; n++) {
          const cancelled = Promise.withResolvers()
          const body = new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(65_536)) }, cancel: cancelled.resolve })
          const r = await fetch(url, { method: 'POST', body, duplex: 'half' })
          seen.push([r.status, await r.text(), (await cancelled.promise).message].join())
        }
        return Response.json([...new Set(seen), await (await fetch(url + '/later')).text()])`),
    ).toEqual([`413,too big,${told}`, 'later'])
  })

  test('is there before the first of the body is made, which may be made of it', async () => {
    const { run } = await out((request, response) => {
      response.write('answer to the head, ')
      request.pipe(response)
    })
    expect(
      await run(`
        const { readable, writable } = new TransformStream()
        const r = await fetch(url, { method: 'POST', body: readable, duplex: 'half' })
        const reader = r.body.getReader()
        const first = await reader.read()
        const writer = writable.getWriter()
        void writer.write(first.value).then(() => writer.close())
        const decoder = new TextDecoder()
        let said = ''
        for (let read = await reader.read(); !read.done; read = await reader.read())
          said += decoder.decode(read.value, { stream: true })
        return Response.json([r.status, said])`),
    ).toEqual([200, 'answer to the head, '])
  })

  test('is there also for who writes all of it first', async () => {
    const { run } = await out(early)
    // Far more than all buffers on the way hold.
    const bytes = 64 * WINDOW_BYTES
    expect(
      await run(`
        const { readable, writable } = new TransformStream()
        const answer = fetch(url, { method: 'POST', body: readable, duplex: 'half' })
        const writer = writable.getWriter()
        let error
        try { for (let n = 0; n < ${bytes}; n += 65_536) await writer.write(new Uint8Array(65_536)) } catch (e) { error = e.name }
        const r = await answer
        return Response.json([error, r.status, await r.text()])`),
    ).toEqual(['TypeError', 413, 'too big'])
  })
})

describe('what a call asks for', () => {
  test('goes on in waitUntil, and the answer does not wait for it', async () => {
    const { run, server } = await out(echo)
    expect(
      await run(`
        ctx.waitUntil((async () => {
          await new Promise((go) => setTimeout(go, 50))
          const { body } = await (await fetch(url, { method: 'POST', body: 'later' })).json()
          await fetch(url + '/' + body)
        })())
        return Response.json(1)`),
    ).toBe(1)
    await until(() => server.seen.length === 2)
    expect(server.seen.map(({ url }) => url)).toEqual(['/', '/later'])
  })

  test('in great numbers waits its turn', async () => {
    let open = 0
    let most = 0
    const { run } = await out((_, response) => {
      open += 1
      most = Math.max(most, open)
      setImmediate(() => {
        open -= 1
        response.end('ok')
      })
    })
    expect(
      await run(`
        const all = await Promise.all(Array.from({ length: 60 }, async () => (await fetch(url)).text()))
        // Short ones come to their end although nobody reads them.
        for (let i = 0; i < 40; i++) await fetch(url)
        return Response.json(all.filter((t) => t === 'ok').length)`),
    ).toBe(60)
    expect(most).toBeLessThanOrEqual(FETCHES_AT_ONCE_MAX)
  })

  test('while many calls do, stays its own: each gets its answers, and one that ends ends only its own', async () => {
    const { job, runner } = await out((request, response) => void setTimeout(() => response.end(request.url), 20))
    const one = await job(`
      const id = new URL(request.url).pathname
      if (id === '/0') { void fetch(url + id); throw new Error('away') }
      const texts = await Promise.all([1, 2, 3].map(async (n) => (await fetch(url + id + '-' + n)).text()))
      return Response.json(texts)`)
    const call = (id: number): Promise<string> =>
      text(runner.run({ ...one, request: { ...one.request, url: `http://f.test/${id}` } }))
    const all = await Promise.allSettled(Array.from({ length: 12 }, (_, id) => call(id)))
    expect(all[0]?.status).toBe('rejected')
    for (const [id, outcome] of all.entries()) {
      if (id === 0) continue
      expect(outcome).toMatchObject({ value: JSON.stringify([1, 2, 3].map((n) => `/${id}-${n}`)) })
    }
  })

  test('can be read by no later one', async () => {
    const { job, runner } = await out((_, response) => void response.end('x'.repeat(500_000)))
    const one = await job(`
      if (globalThis.kept === undefined) { globalThis.kept = await fetch(url); return new Response('kept') }
      return new Response(await globalThis.kept.text().catch((e) => e.message))`)
    expect(await text(runner.run(one))).toBe('kept')
    expect(await text(runner.run(one))).toMatch(/the call that asked is over/)
  })
})

describe('a host that may not be asked', () => {
  test.each([
    [{ egress: [] }, /api.test:\d+ is not in the manifest's `egress`; add it there/],
    [{ profile: 'strangers' as const, egress: ['api.test:PORT'] }, /no function go to the Internet/],
  ])('is refused in words that help', async (init, why) => {
    const { run, server, runner } = await out()
    await runner.start()
    const egress = init.egress.map((host) => host.replace('PORT', String(server.port)))
    const said = await run(`return Response.json(await fetch(url).catch((e) => [e.name, e.message]))`, {
      ...init,
      egress,
    })
    expect(said).toEqual(['TypeError', expect.stringMatching(why)])
    expect(server.connections).toBe(0)
  })

  test('an owner who changes their mind is obeyed at once', async () => {
    const { run, server, runner } = await out()
    expect(await run(`return Response.json((await fetch(url)).status)`)).toBe(200)
    runner.lend({ cores: 2, egress: { public: true, also: [] } })
    expect(await run(`return Response.json(await fetch(url).catch((e) => e.message))`)).toMatch(/no function go there/)
    expect(server.connections).toBe(1)
  })

  test('nothing is fetched while a module loads', async () => {
    const server = await loopback()
    const on = bench()
    const job = await makeJob(`await fetch('http://127.0.0.1:${server.port}/'); export default () => new Response()`, {
      egress: [`127.0.0.1:${server.port}`],
    })
    expect(await failure(on.runner.run(job))).toMatchObject({ code: 'handler-invalid' })
    expect(server.connections).toBe(0)
  })
})
