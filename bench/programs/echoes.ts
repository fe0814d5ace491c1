import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { bareSender } from '../../packages/net/test/helpers/bare-stream.ts'
import { echoServer, FRAME_BYTES, relayServer } from '../../packages/net/test/helpers/echo.ts'
import { serveTasks } from '../measure/tasks.ts'

/** The far side of what calls and bodies are compared with: bare libp2p streams, one of them with a process behind it, and an HTTP server. */

const { address } = await echoServer()
// It ends with its pipe, which ends with this process.
const behind = spawn(process.execPath, [fileURLToPath(new URL('behind.ts', import.meta.url))], {
  stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
})
const relay = await relayServer(behind.stdio[3] as Duplex)
const bare = await bareSender()
const http = createServer((request, response) => {
  request.resume()
  response.setHeader('content-type', 'text/plain')
  response.end('x'.repeat(FRAME_BYTES))
})
await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))

serveTasks({
  where: () => ({
    libp2p: address,
    relay: relay.address,
    bare: bare.address,
    http: (http.address() as AddressInfo).port,
  }),
})
