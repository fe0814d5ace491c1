import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { WebStandardStreamableHTTPServerTransport as Transport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import { z } from 'zod'

function server(): McpServer {
  const made = new McpServer({ name: 'calculator', version: '1.0.0' })
  const inputSchema = { a: z.number(), b: z.number() }
  made.registerTool('add', { description: 'adds', inputSchema }, ({ a, b }) => ({
    content: [{ type: 'text', text: String(a + b) }],
  }))
  return made
}

/** Without sessions: a server for each request. `?sse` answers as an event stream, which is what the SDK does by itself. */
export default async (request: Request): Promise<Response> => {
  const transport = new Transport({ enableJsonResponse: !new URL(request.url).searchParams.has('sse') })
  await server().connect(transport)
  return transport.handleRequest(request)
}
