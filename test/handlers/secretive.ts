/** Shows by its answer what it was given, and lets it slip by mistake in its log, and where it fails. */
export default (request: Request, env: Record<string, string>): Response => {
  const { pathname } = new URL(request.url)
  console.warn('my token is', env['TOKEN'])
  if (pathname === '/fail') throw new Error(`cannot log in with ${env['TOKEN']}`)
  return Response.json(env)
}
