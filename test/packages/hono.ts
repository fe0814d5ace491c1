import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { etag } from 'hono/etag'
import { html } from 'hono/html'
import { HTTPException } from 'hono/http-exception'
import { sign, verify } from 'hono/jwt'
import { getCookie, setCookie } from 'hono/cookie'
import { streamSSE } from 'hono/streaming'

/** What applications written for Workers use of hono. */
const app = new Hono()
const KEY = 'a key for this test'

app.use('/api/*', cors({ origin: 'https://app.example' }))
app.get('/api/users/:id{[0-9]+}', etag(), (c) => c.json({ id: Number(c.req.param('id')), q: c.req.queries('q') }))
app.get('/page', (c) => c.html(html`<p>${'<&>'}</p>`))
app.get('/cookies', (c) => {
  setCookie(c, 'b', '2', { httpOnly: true })
  return c.json({ a: getCookie(c, 'a') })
})
app.get('/jwt', async (c) => {
  const token = await sign({ sub: 'ann' }, KEY, 'HS256')
  const wrong = await verify(token, 'another key', 'HS256').catch((thrown: Error) => thrown.name)
  return c.json({ parts: token.split('.').length, sub: (await verify(token, KEY, 'HS256'))['sub'], wrong })
})
app.post('/form', async (c) => {
  const { name, file } = await c.req.parseBody()
  return c.json({ name, file: file instanceof File ? [file.name, file.type, await file.text()] : null })
})
app.get('/events', (c) =>
  streamSSE(c, async (stream) => {
    for (let id = 0; id < 3; id++) await stream.writeSSE({ event: 'tick', data: String(id) })
  }),
)
app.get('/fails', () => {
  throw new HTTPException(418, { message: 'short and stout' })
})

export default app
