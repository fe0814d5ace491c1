/** Holds what comes to /hold until its caller leaves, or for long, unless it was told to be quick; says in its log what it does. */
let holds = true

export default async (request: Request): Promise<Response> => {
  const { pathname } = new URL(request.url)
  console.log(`started ${request.method}`)
  if (pathname === '/quick') holds = false
  if (pathname !== '/hold' || !holds) return new Response('at once')
  request.signal.addEventListener('abort', () => console.log('the caller has left'))
  await new Promise((resolve) => setTimeout(resolve, 20_000))
  return new Response('held')
}
