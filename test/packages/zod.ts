import { z } from 'zod'

const Order = z.object({
  item: z.string().min(2),
  count: z.coerce.number().int().positive(),
  when: z.iso.date(),
  tags: z.array(z.enum(['new', 'old'])).default([]),
})

export default async (request: Request): Promise<Response> => {
  if (request.method === 'GET') return Response.json(z.toJSONSchema(Order, { io: 'input' }))
  const { success, data, error } = await Order.safeParseAsync(await request.json())
  return success ? Response.json(data) : Response.json(z.flattenError(error).fieldErrors, { status: 422 })
}
