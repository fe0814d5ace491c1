/** Says in its log that it started, and answers after a while: also a command that starts slowly can interrupt it. */
export default async (request: Request): Promise<Response> => {
  console.log(`started ${request.method}`)
  await new Promise((resolve) => setTimeout(resolve, 5000))
  return new Response('done')
}
