import { describe, expect, test } from 'vitest'
import { loopback } from './desk.ts'
import { echo, out, type Answer } from './out.ts'

describe('a request', () => {
  test('carries method, headers and body, and its response is a Response', async () => {
    const { run, server } = await out((request, response) => {
      response.writeHead(201, 'Made', [
        ['content-type', 'application/json'],
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ] as never)
      request.on('data', (bytes: Buffer) => response.write(bytes))
      request.on('end', () => response.end())
    })
    expect(
      await run(`
        const r = await fetch(url + '/a?b#c', { method: 'POST', body: JSON.stringify({ x: 1 }), headers: { 'X-One': '1' } })
        let immutable = false
        try { r.headers.set('a', 'b') } catch { immutable = true }
        return Response.json({ status: r.status, ok: r.ok, statusText: r.statusText, url: r.url, type: r.type,
          redirected: r.redirected, cookies: r.headers.getSetCookie(), immutable, is: r instanceof Response, body: await r.json() })`),
    ).toEqual({
      status: 201,
      ok: true,
      statusText: 'Made',
      url: `http://api.test:${server.port}/a?b`,
      type: 'basic',
      redirected: false,
      cookies: ['a=1', 'b=2'],
      immutable: true,
      is: true,
      body: { x: 1 },
    })
    expect(server.seen[0]).toMatchObject({
      method: 'POST',
      url: '/a?b',
      headers: { 'x-one': '1', 'content-type': 'text/plain;charset=UTF-8', 'content-length': '7' },
    })
  })

  test.each([
    ['text', `'häh'`, 'häh'],
    ['bytes', `new TextEncoder().encode('ab')`, 'ab'],
    ['a form', `new URLSearchParams({ a: 'b c' })`, 'a=b+c'],
    ['a blob', `new Blob(['a', 'b'])`, 'ab'],
    ['nothing', `null`, ''],
    ['a long text', `'x'.repeat(300_000)`, 'x'.repeat(300_000)],
    ['long bytes', `new Uint8Array(600_000).fill(0x61)`, 'a'.repeat(600_000)],
  ])('may send %s', async (_, body, sent) => {
    const { run } = await out(echo)
    const seen = (await run(`return fetch(url, { method: 'PUT', body: ${body} })`)) as { body: string }
    expect(seen.body === sent).toBe(true)
  })

  test('may send a stream, piece by piece, and a multipart form', async () => {
    const { run } = await out(echo)
    expect(
      await run(`
        let n = 0
        const body = new ReadableStream({ pull(c) { if (n++ < 100) c.enqueue(new Uint8Array(10_000).fill(0x61)); else c.close() } })
        const stream = await (await fetch(url, { method: 'POST', body, duplex: 'half' })).json()
        const form = new FormData(); form.set('field', 'value'); form.set('file', new File(['content'], 'f.txt'))
        const multi = await (await fetch(url, { method: 'POST', body: form })).json()
        return Response.json([stream.body.length, stream.headers['transfer-encoding'], /name="field"[^]*value[^]*content/.test(multi.body)])`),
    ).toEqual([1_000_000, 'chunked', true])
  })

  test('takes what fetch takes: a Request, a URL, and what is no URL is refused', async () => {
    const { run } = await out(echo)
    expect(
      await run(`
        const a = await (await fetch(new Request(url + '/r', { method: 'DELETE' }))).json()
        const b = await (await fetch(new URL('/u', url))).json()
        const errors = []
        for (const make of [() => fetch('/relative'), () => fetch('file:///etc/passwd'), () => fetch(url, { body: 'x' }),
          () => fetch('http://a:b@api.test/'), () => fetch('blob:x')])
          await make().catch((e) => errors.push(e instanceof TypeError))
        return Response.json([a.method, b.url, errors])`),
    ).toEqual(['DELETE', '/u', [true, true, true, true, true]])
  })

  test('data: URLs need no network', async () => {
    const { run, server } = await out()
    expect(
      await run(`
        const r = await fetch('data:text/css;base64,YTpi')
        return Response.json([r.status, r.headers.get('content-type'), await r.text(), (await fetch('data:,a%20b').then((x) => x.text()))])`),
    ).toEqual([200, 'text/css', 'a:b', 'a b'])
    expect(server.connections).toBe(0)
  })
})

describe('a response', () => {
  test('streams: each event is there before the next, and is passed on as it comes', async () => {
    let next: (() => void) | undefined
    const { job, runner } = await out((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      let n = 0
      next = () => (n < 3 ? response.write(`data: ${n++}\n\n`) : response.end())
      next()
    })
    const { body } = await runner.run(await job(`return fetch(url)`))
    const got: string[] = []
    for await (const piece of body as AsyncIterable<Uint8Array>) {
      got.push(Buffer.from(piece).toString())
      next?.()
    }
    expect(got).toEqual(['data: 0\n\n', 'data: 1\n\n', 'data: 2\n\n'])
  })

  test('of megabytes is read as far as the handler reads, and the server waits', async () => {
    let sent = 0
    const { run } = await out((_, response) => {
      const piece = Buffer.alloc(65_536)
      const more = (): void => {
        while (sent < 64 * 1024 * 1024) {
          sent += piece.length
          if (!response.write(piece)) return void response.once('drain', more)
        }
        response.end()
      }
      more()
    })
    const read = await run(`
      const reader = (await fetch(url)).body.getReader()
      let n = 0
      while (n < 1_000_000) n += (await reader.read()).value.length
      await new Promise((go) => setTimeout(go, 200))
      return Response.json(n)`)
    expect(read).toBeGreaterThanOrEqual(1_000_000)
    // The kernel's buffers on both sides take some megabytes.
    expect(sent).toBeLessThan(32 * 1024 * 1024)
  })

  test.each([204, 304])('with the status %d has no body', async (status) => {
    const { run } = await out((_, response) => response.writeHead(status).end())
    expect(await run(`const r = await fetch(url); return Response.json([r.status, r.body])`)).toEqual([status, null])
  })

  test('that breaks off fails when it is read, and its connection’s end before that as well', async () => {
    const { run } = await out((request, response) => {
      if (request.url === '/none') {
        response.destroy()
        return
      }
      response.writeHead(200, { 'content-length': '100' })
      response.write('some')
      setImmediate(() => response.destroy())
    })
    expect(
      await run(`
        const r = await fetch(url + '/some')
        const one = await r.text().catch((e) => [e.name, e.message])
        const two = await fetch(url + '/none').catch((e) => [e.name, e.message])
        return Response.json([one, two])`),
    ).toEqual(
      Array.from({ length: 2 }, () => [
        'TypeError',
        'fetch failed: the connection to api.test broke before the response was complete',
      ]),
    )
  })
})

describe('a redirect', () => {
  const redirecting: Answer = (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x')
    if (pathname !== '/go') return echo(request, response)
    response.writeHead(Number(searchParams.get('status')), { location: searchParams.get('to') ?? '' }).end()
  }

  test.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [307, 'POST', 'POST', 'body'],
    [308, 'PUT', 'PUT', 'body'],
    [301, 'PUT', 'PUT', 'body'],
  ])('%d makes of %s a %s', async (status, method, becomes, body) => {
    const { run, server } = await out(redirecting)
    const seen = (await run(`
      const r = await fetch(url + '/go?status=${status}&to=/there%3Fa#frag', { method: '${method}', body: 'body', headers: { 'content-language': 'de' } })
      return Response.json({ ...(await r.json()), at: r.url, redirected: r.redirected })`)) as Record<string, unknown>
    expect(seen).toMatchObject({ method: becomes, body, url: '/there?a', redirected: true })
    expect(seen['at']).toBe(`http://api.test:${server.port}/there?a`)
    expect(Object.keys(seen['headers'] as object).includes('content-type')).toBe(body !== '')
  })

  test('to another origin leaves credentials behind, and only those', async () => {
    const { run, server } = await out(redirecting)
    const to = encodeURIComponent(`http://other.test:${server.port}/there`)
    const seen = await run(`
      const headers = { authorization: 'secret', cookie: 'secret', 'x-kept': '1' }
      const away = await (await fetch(url + '/go?status=302&to=${to}', { headers })).json()
      const near = await (await fetch(url + '/go?status=302&to=/x', { headers })).json()
      return Response.json([away.headers, near.headers])`)
    expect(seen).toMatchObject([{ 'x-kept': '1' }, { 'x-kept': '1', authorization: 'secret', cookie: 'secret' }])
    expect(JSON.stringify((seen as unknown[])[0])).not.toContain('secret')
  })

  test('is not followed to where the manifest or the owner does not let it go', async () => {
    const sink = await loopback()
    const { run } = await out(redirecting)
    for (const to of [
      `http://evil.test:${sink.port}/`,
      `http://127.0.0.1:${sink.port}/`,
      `//localhost:${sink.port}/`,
    ]) {
      const error = await run(
        `return Response.json(await fetch(url + '/go?status=302&to=${encodeURIComponent(to)}').catch((e) => e.message))`,
      )
      expect(error).toMatch(/is not in the manifest's `egress`/)
    }
    expect(sink.connections).toBe(0)
  })

  test('can be handed to the handler, or be an error; a loop ends; a stream cannot be sent twice', async () => {
    const { run } = await out(redirecting)
    expect(
      await run(`
        const manual = await fetch(url + '/go?status=302&to=/x', { redirect: 'manual' })
        const error = await fetch(url + '/go?status=302&to=/x', { redirect: 'error' }).catch((e) => e.message)
        const self = '/go?status=302&to=' + encodeURIComponent('/go?status=302&to=')
        const file = await fetch(url + '/go?status=302&to=file:///etc/passwd').catch((e) => e.message)
        const body = new ReadableStream({ start(c) { c.enqueue(new Uint8Array(1)); c.close() } })
        const twice = await fetch(url + '/go?status=307&to=/x', { method: 'POST', body, duplex: 'half' }).catch((e) => e.message)
        return Response.json([manual.status, manual.headers.get('location'), error, file, twice])`),
    ).toEqual([
      302,
      '/x',
      'fetch failed: it was redirected, and `redirect` is "error"',
      'fetch failed: the redirect leads to something else than http: or https:',
      'fetch failed: the redirect wants the body of the request again, but that was a stream',
    ])
    const loop = await out((_, response) => response.writeHead(302, { location: '/again' }).end())
    expect(await loop.run(`return Response.json(await fetch(url).catch((e) => e.message))`)).toMatch(
      /more than 20 times/,
    )
    expect(loop.server.seen).toHaveLength(21)
  })
})
