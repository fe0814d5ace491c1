import * as v from 'valibot'

const Order = v.pipeAsync(
  v.object({ item: v.pipe(v.string(), v.minLength(2)), count: v.pipe(v.number(), v.integer()) }),
  v.checkAsync(async ({ item }) => item !== 'gone', 'sold out'),
)

export default async (request: Request): Promise<Response> => {
  const { success, output, issues } = await v.safeParseAsync(Order, await request.json())
  return success
    ? Response.json(output)
    : Response.json(
        issues.map((issue) => [v.getDotPath(issue), issue.message]),
        { status: 422 },
      )
}
