import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { start, type Started } from './start.ts'

/** Packages as people use them, unmodified, bundled as for any worker. */
async function bundled(source: string): Promise<Started> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: fileURLToPath(new URL('../../../..', import.meta.url)) },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    minify: true,
    logLevel: 'silent',
  })
  return start(outputFiles[0]?.text ?? '')
}

test('hono with marked renders Markdown', async () => {
  const { fetch } = await bundled(`
    import { Hono } from 'hono'
    import { setCookie, getCookie } from 'hono/cookie'
    import { etag } from 'hono/etag'
    import { marked } from 'marked'
    const app = new Hono()
    app.use('*', async (c, next) => { await next(); c.header('x-ran', c.req.routePath) })
    app.post('/render', async (c) => c.html(marked.parse(await c.req.text())))
    app.get('/hello/:name', (c) => {
      setCookie(c, 'seen', '1'); setCookie(c, 'name', c.req.param('name'), { httpOnly: true })
      return c.json({ name: c.req.param('name'), was: getCookie(c, 'was') }) })
    app.post('/form', async (c) => c.json(await c.req.parseBody()))
    export default app`)
  const page = await fetch({
    method: 'POST',
    url: 'http://fn.localhost/render',
    body: new TextEncoder().encode('# Grüße\n\n- *a*\n- b'),
  })
  expect(page).toMatchObject({
    status: 200,
    text: '<h1>Grüße</h1>\n<ul>\n<li><em>a</em></li>\n<li>b</li>\n</ul>\n',
    headers: expect.arrayContaining([['content-type', 'text/html; charset=UTF-8']]),
  })
  const hello = await fetch({ url: 'http://fn.localhost/hello/Ada', headers: [['cookie', 'was=here']] })
  expect(JSON.parse(hello.text)).toEqual({ name: 'Ada', was: 'here' })
  expect(hello.headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value)).toEqual([
    'seen=1; Path=/',
    'name=Ada; Path=/; HttpOnly',
  ])
  const form = await fetch({
    method: 'POST',
    url: 'http://fn.localhost/form',
    headers: [['content-type', 'application/x-www-form-urlencoded']],
    body: new TextEncoder().encode('a=1&b=2'),
  })
  expect(JSON.parse(form.text)).toEqual({ a: '1', b: '2' })
  expect((await fetch({ url: 'http://fn.localhost/none' })).status).toBe(404)
})

test('hono streams server-sent events', async () => {
  const { fetch } = await bundled(`
    import { Hono } from 'hono'
    import { streamSSE } from 'hono/streaming'
    export default new Hono().get('/', (c) => streamSSE(c, async (stream) => {
      for (let id = 0; id < 3; id++) { await stream.writeSSE({ data: 'tick', id: String(id) }); await stream.sleep(1) } }))`)
  const { text, headers } = await fetch()
  expect(text).toBe('data: tick\nid: 0\n\ndata: tick\nid: 1\n\ndata: tick\nid: 2\n\n')
  expect(Object.fromEntries(headers)['content-type']).toBe('text/event-stream')
})

test('zod checks what comes in', async () => {
  const { fetch } = await bundled(`
    import { z } from 'zod'
    const Order = z.object({ item: z.string().min(2), count: z.number().int().positive() })
    export default { async fetch(request) {
      const { success, error, data } = Order.safeParse(await request.json())
      return success ? Response.json(data) : Response.json(error.issues.map(({ path }) => path.join('.')), { status: 422 }) } }`)
  const post = (body: object): ReturnType<typeof fetch> =>
    fetch({ method: 'POST', body: new TextEncoder().encode(JSON.stringify(body)) })
  expect(await post({ item: 'tea', count: 2 })).toMatchObject({ status: 200, text: '{"item":"tea","count":2}' })
  expect(await post({ item: 'x', count: 0 })).toMatchObject({ status: 422, text: '["item","count"]' })
})
