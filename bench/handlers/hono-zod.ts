import { Hono } from 'hono'
import { z } from 'zod'

/** What an ordinary small API brings with it. */
const order = z.object({ item: z.string().min(1), count: z.number().int().positive() })
const app = new Hono()

app.get('/', (c) => c.json(order.parse({ item: 'tea', count: 2 })))

export default app
