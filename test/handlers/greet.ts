export default async (request: Request): Promise<Response> => {
  const { origin, pathname, searchParams } = new URL(request.url)
  return Response.json(
    {
      method: request.method,
      path: pathname,
      who: searchParams.get('who'),
      header: request.headers.get('x-test'),
      body: await request.text(),
    },
    { status: 201, headers: { 'x-answer': 'yes', 'x-origin': origin } },
  )
}
