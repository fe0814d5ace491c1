/** The smallest handler: a request in, a response out, as on any web platform. */
export default (request: Request): Response => {
  const name = new URL(request.url).searchParams.get('name') ?? 'world'
  return new Response(`Hello, ${name}!\n`)
}
