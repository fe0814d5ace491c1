import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { validator } from 'hono/validator'
import { contrast, isColour, rgb } from './colour.ts'

/** A small JSON API about colours. Any app object with a `fetch` is a handler, so a Hono app is one as it stands. */
const app = new Hono()

/** What WCAG 2 asks of text of ordinary size. */
const READABLE = 4.5

app.get('/', (c) => c.json({ routes: ['GET /colours/:colour', 'POST /contrast'] }))

app.get('/colours/:colour', (c) => {
  const colour = `#${c.req.param('colour')}`
  if (!isColour(colour)) throw new HTTPException(404, { message: `${colour} is no colour` })
  const onWhite = contrast(colour, '#ffffff')
  return c.json({ colour, rgb: rgb(colour), text: onWhite < READABLE ? '#000000' : '#ffffff' })
})

/** What a request must hold is checked before its route runs, which then gets it typed. */
const pair = validator('json', (body: { text?: unknown; background?: unknown } | null) => {
  const { text, background } = body ?? {}
  if (isColour(text) && isColour(background)) return { text, background }
  throw new HTTPException(422, { message: '"text" and "background" must be colours such as "#1e90ff"' })
})

app.post('/contrast', pair, (c) => {
  const { text, background } = c.req.valid('json')
  const ratio = contrast(text, background)
  return c.json({ ratio: Math.round(ratio * 100) / 100, readable: ratio >= READABLE })
})

/** Errors are JSON too, whoever throws them. */
app.onError((error, c) => {
  const status = error instanceof HTTPException ? error.status : 500
  return c.json({ error: error.message }, status)
})

app.notFound((c) => c.json({ error: `there is no ${c.req.method} ${c.req.path}` }, 404))

export default app
