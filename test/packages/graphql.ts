import { buildSchema, graphql, GraphQLError, printSchema } from 'graphql'

const schema = buildSchema(`
  type Query { greet(name: String!): String, fail: Int }
  type Mutation { add(a: Int!, b: Int!): Int }`)

const rootValue = {
  greet: async ({ name }: { name: string }) => `Hello, ${name}`,
  add: ({ a, b }: { a: number; b: number }) => a + b,
  fail: () => {
    throw new GraphQLError('on purpose', { extensions: { code: 'TEST' } })
  },
}

export default async (request: Request): Promise<Response> => {
  if (request.method === 'GET') return new Response(printSchema(schema))
  const { query, variables } = (await request.json()) as { query: string; variables?: Record<string, unknown> }
  return Response.json(await graphql({ schema, source: query, rootValue, variableValues: variables ?? {} }))
}
