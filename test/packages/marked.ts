import { Marked } from 'marked'

const marked = new Marked({ gfm: true, breaks: true })

export default async (request: Request): Promise<Response> =>
  new Response(await marked.parse(await request.text()), { headers: { 'content-type': 'text/html' } })
