/** Says in its log that it started, and answers after a while: long enough to be interrupted. */
export default async (request: Request): Promise<Response> => {
  console.log(`started ${request.method}`)
  await new Promise((resolve) => setTimeout(resolve, 3000))
  return new Response('done')
}
