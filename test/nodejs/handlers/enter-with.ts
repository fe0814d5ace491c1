import { AsyncLocalStorage } from 'node:async_hooks'

const storage = new AsyncLocalStorage<string>()

/** What it finds when it is called, and what after it has entered something and waited. */
export default async (request: Request): Promise<Response> => {
  const found = storage.getStore() ?? null
  storage.enterWith(new URL(request.url).pathname)
  await new Promise((resolve) => setTimeout(resolve, 5))
  return Response.json({ found, kept: storage.getStore() })
}
