import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { Exchange } from '../../bench/http/exchange.ts'

/** The load generator must know where an answer ends, whichever way that is said and wherever the network cuts it. */

const REQUEST = Buffer.from('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')

/** Answers each request by the next of these texts, in pieces of so many bytes. Gives how many connections it had. */
async function serving(
  answers: string[],
  pieceBytes: number,
  silentMaxMs?: number,
): Promise<{ exchange: Exchange; connections: () => number; hangUp: () => Promise<unknown> }> {
  let connections = 0
  const left = [...answers]
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    connections += 1
    sockets.add(socket.setNoDelay())
    socket.on('error', () => undefined)
    socket.on('data', () => {
      const bytes = Buffer.from(left.shift() ?? '', 'latin1')
      for (let at = 0; at < bytes.length; at += pieceBytes) socket.write(bytes.subarray(at, at + pieceBytes))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const exchange = new Exchange((server.address() as AddressInfo).port, REQUEST, silentMaxMs)
  onTestFinished(() => {
    exchange.close()
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const hangUp = (): Promise<unknown> => Promise.all([...sockets].map((socket) => once(socket.end(), 'close')))
  return { exchange, connections: () => connections, hangUp }
}

const LENGTH = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
const EMPTY = 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n'
const CHUNKED =
  'HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nA\r\n0\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n'
const CLOSING = 'HTTP/1.1 503 Busy\r\nconnection: close\r\ncontent-length: 2\r\n\r\nno'

test.each([1, 7, 10_000])('answers end where they say, in pieces of %i bytes', async (pieceBytes) => {
  const { exchange, connections } = await serving([LENGTH, EMPTY, CHUNKED, LENGTH], pieceBytes)
  const found: [status: number, bytes: number][] = []
  for (let request = 0; request < 4; request++) found.push([await exchange.once(), exchange.bytes])
  expect(found).toEqual([
    [200, 5],
    [404, 0],
    [201, 15],
    [200, 5],
  ])
  expect(connections()).toBe(1)
})

test('a connection that the server ends is followed by another', async () => {
  const { exchange, connections } = await serving([CLOSING, LENGTH], 10_000)
  expect([await exchange.once(), await exchange.once()]).toEqual([503, 200])
  expect(connections()).toBe(2)
})

test('so is one that it ends between two answers, without a word', async () => {
  const { exchange, connections, hangUp } = await serving([LENGTH, EMPTY], 10_000)
  expect(await exchange.once()).toBe(200)
  await hangUp()
  expect(await exchange.once()).toBe(404)
  expect(connections()).toBe(2)
})

test('what came beyond an answer before the connection ended is no part of the next', async () => {
  const { exchange, hangUp } = await serving([LENGTH + EMPTY.slice(0, 12), LENGTH], 10_000)
  expect(await exchange.once()).toBe(200)
  await hangUp()
  expect(await exchange.once()).toBe(200)
})

test('a server that says nothing is not waited for without end', async () => {
  // The first answer, for which it has to connect, comes within that time on a busy machine, too.
  const { exchange } = await serving([LENGTH, LENGTH.slice(0, -1)], 10_000, 2000)
  expect(await exchange.once()).toBe(200)
  await expect(exchange.once()).rejects.toThrow('the server said nothing for 2000 ms')
})
