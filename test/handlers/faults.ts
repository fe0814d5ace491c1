/** Goes wrong in the way its path names. */
export default async (request: Request): Promise<unknown> => {
  const { pathname } = new URL(request.url)
  if (pathname === '/throw') throw new RangeError('out of ideas')
  if (pathname === '/number') return 42
  if (pathname === '/forever') for (;;);
  if (pathname === '/never') return new Promise(() => {})
  if (pathname === '/eat') {
    const eaten: unknown[] = []
    for (;;) eaten.push(Array.from({ length: 1000 }, () => 1.1))
  }
  return new Response('fine')
}
