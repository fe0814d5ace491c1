import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bareSender } from '../../packages/net/test/helpers/bare-stream.ts'
import { echoServer, FRAME_BYTES } from '../../packages/net/test/helpers/echo.ts'
import { serveTasks } from '../measure/tasks.ts'

/** The far side of what calls and bodies are compared with: bare libp2p streams, and an HTTP server. */

const { address } = await echoServer()
const bare = await bareSender()
const http = createServer((request, response) => {
  request.resume()
  response.setHeader('content-type', 'text/plain')
  response.end('x'.repeat(FRAME_BYTES))
})
await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))

serveTasks({
  where: () => ({ libp2p: address, bare: bare.address, http: (http.address() as AddressInfo).port }),
})
