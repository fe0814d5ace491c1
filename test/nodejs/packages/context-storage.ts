import { Hono } from 'hono'
import { contextStorage, getContext } from 'hono/context-storage'

/** Which request it is for is found through AsyncLocalStorage, however much runs at once. */
const app = new Hono<{ Variables: { id: string } }>()

app.use(contextStorage())
app.use(async (c, next) => {
  c.set('id', c.req.query('id') ?? '')
  await next()
})
app.get('/', async (c) => {
  const deep = await Promise.all([1, 5, 10].map(later))
  return c.json(deep)
})

async function later(ms: number): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, ms))
  return getContext<{ Variables: { id: string } }>().get('id')
}

export default app
