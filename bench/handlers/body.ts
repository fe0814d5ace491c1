/** Reads all that it is sent, and answers with it. */
export default {
  fetch: async (request: Request): Promise<Response> => new Response(await request.arrayBuffer()),
}
