import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { echoServer, FRAME_BYTES } from '../../packages/net/test/helpers/echo.ts'
import { serveTasks } from '../measure/tasks.ts'

/** The far side of what calls are compared with: a libp2p echo, and an HTTP server. */

const { address } = await echoServer()
const http = createServer((request, response) => {
  request.resume()
  response.setHeader('content-type', 'text/plain')
  response.end('x'.repeat(FRAME_BYTES))
})
await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))

serveTasks({
  where: () => ({ libp2p: address, http: (http.address() as AddressInfo).port }),
})
