import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { HEADER_MAX_BYTES } from '@hither/core'
import { CHECK_MS, HEAD_MS, IDLE_MS, REQUEST_MS, REQUESTS_PER_CONNECTION_MAX } from '../limits.ts'
import type { Connections } from './connections.ts'
import { http } from './node-http.ts'

/** One request, and where its answer goes. */
export interface Exchange {
  req: IncomingMessage
  res: ServerResponse
  /** Fires when the client leaves before it is answered. */
  left: AbortSignal
  /** Tells the client to send its body, where it waits for that; once, and not behind the head of an answer. */
  goOn?: () => void
}

/** How slow a client may be; for tests, which have no time. */
export interface Patience {
  headMs?: number
  checkMs?: number
}

/**
 * An HTTP server that is strict about what it parses and patient for a while only. What its parser refuses, it answers itself
 * with 400, 408, 413, 417 or 431, and closes the connection: whatever follows would be read from the wrong place on.
 */
export function strictServer(
  connections: Connections,
  onExchange: (exchange: Exchange) => void,
  { headMs = HEAD_MS, checkMs = CHECK_MS }: Patience,
): Server {
  const server = http.createServer({
    insecureHTTPParser: false,
    requireHostHeader: true,
    joinDuplicateHeaders: false,
    maxHeaderSize: HEADER_MAX_BYTES,
    headersTimeout: headMs,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: IDLE_MS,
    connectionsCheckingInterval: checkMs,
    noDelay: true,
  })
  // Node would drop headers beyond its count without a word. They are counted where they are read.
  server.maxHeadersCount = 0
  server.maxRequestsPerSocket = REQUESTS_PER_CONNECTION_MAX
  server.on('connection', (socket: Socket) => connections.add(socket))
  const begin = (req: IncomingMessage, res: ServerResponse): Exchange => {
    const left = connections.begin(req.socket)
    closeWith(left, res)
    return { req, res, left }
  }
  server.on('request', (req, res) => onExchange(begin(req, res)))
  server.on('checkContinue', (req, res) => onExchange({ ...begin(req, res), goOn: continuation(res) }))
  server.on('checkExpectation', (_, res: ServerResponse) => refuseExpectation(res))
  server.on('connect', ({ socket }, tunnel) => {
    // Its answer would be taken for the one that is under way, or for a part of it.
    if (connections.atWork(socket)) socket.destroy()
    else refuseTunnel(tunnel)
  })
  return server
}

/**
 * An answer always closes: Node tells only the one whose turn it is that its connection is closed, in the first releases of its version 24
 * and wherever a tunnel was asked for, and those that wait behind it would be waited for themselves, for ever.
 */
function closeWith(left: AbortSignal, res: ServerResponse): void {
  if (res.socket !== null && !left.aborted) return
  const close = (): void => {
    res.destroy()
    // Where Node tells it, it has by then.
    process.nextTick(() => res.closed || res.emit('close'))
  }
  if (left.aborted) return close()
  left.addEventListener('abort', close)
  res.once('close', () => left.removeEventListener('abort', close))
}

/** Node has let go of this connection: nobody else hears what becomes of it, reads what comes, or ends it. */
function refuseTunnel(socket: Duplex): void {
  // Who resets it has the answer, or wants none.
  socket.on('error', () => undefined)
  socket.resume()
  const answer = 'HTTP/1.1 405 Method Not Allowed\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'
  socket.end(answer, () => socket.destroy())
}

/** Whether its body will follow or its next request, nobody knows. */
function refuseExpectation(res: ServerResponse): void {
  res.shouldKeepAlive = false
  res.writeHead(417, ['content-length', '0']).end()
}

/** Until the client is told to go on, nobody knows whether its body or its next request will follow. */
function continuation(res: ServerResponse): () => void {
  const { shouldKeepAlive } = res
  let told = false
  res.shouldKeepAlive = false
  return () => {
    if (told || res.headersSent) return
    told = true
    res.shouldKeepAlive = shouldKeepAlive
    res.writeContinue()
  }
}
