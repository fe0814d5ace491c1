import { createSchema, createYoga, Repeater } from 'graphql-yoga'

const typeDefs = `
  type Query { hello(name: String): String }
  type Subscription { countdown(from: Int!): Int, ticks: Int }`

const schema = createSchema({
  typeDefs,
  resolvers: {
    Query: { hello: (_: unknown, { name }: { name?: string }) => `Hello, ${name ?? 'nobody'}` },
    Subscription: {
      countdown: {
        async *subscribe(_: unknown, { from }: { from: number }) {
          for (let left = from; left >= 0; left--) yield { countdown: left }
        },
      },
      ticks: {
        subscribe: () =>
          new Repeater<{ ticks: number }>(async (push, stop) => {
            let at = 0
            const timer = setInterval(() => void push({ ticks: ++at }), 5)
            await stop
            clearInterval(timer)
          }),
      },
    },
  },
})

const yoga = createYoga({ schema, graphqlEndpoint: '/graphql', landingPage: false, logging: false })

export default { fetch: (request: Request): Response | Promise<Response> => yoga.fetch(request) }
