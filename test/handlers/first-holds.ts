/** Holds the first request that an isolate gets until its caller leaves, or for long; says so in its log. */
let calls = 0

export default async (request: Request): Promise<Response> => {
  calls += 1
  console.log(`started ${request.method}`)
  if (calls > 1) return new Response('at once')
  request.signal.addEventListener('abort', () => console.log('the caller has left'))
  if (new URL(request.url).pathname === '/hold') await new Promise((resolve) => setTimeout(resolve, 20_000))
  return new Response('first')
}
