/** Takes as many ms as the query says, and swallows what it is sent. Says in its log which errand it has begun, and in its answer, too. */
export default async (request: Request): Promise<Response> => {
  const { searchParams } = new URL(request.url)
  const id = searchParams.get('id')
  if (id !== null) console.log(`begun ${id}.`)
  const ms = Number(searchParams.get('ms') ?? 0)
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
  const { byteLength } = await request.arrayBuffer()
  return new Response(`${byteLength}`, id === null ? {} : { headers: { errand: id } })
}
