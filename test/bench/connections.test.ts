import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { Connections } from '../../bench/http/connections.ts'
import type { HttpAsking } from '../../bench/http/load.ts'

/** A load measures answers, so its connections are there before it begins, whatever the server did with them since the last. */

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'

/** A server that answers all requests but those that `drops` has it hang up on. */
async function serving(drops: (request: number) => boolean = () => false): Promise<{
  asking: HttpAsking
  opened: () => number
  living: Set<Socket>
}> {
  const living = new Set<Socket>()
  let opened = 0
  let requests = 0
  const server = createServer((socket) => {
    opened += 1
    living.add(socket)
    socket.on('close', () => living.delete(socket))
    socket.on('error', () => undefined)
    socket.on('data', () => {
      requests += 1
      if (drops(requests)) socket.destroy()
      else socket.write(ANSWER)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of living) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    asking: { port, host: 'localhost', path: '/', bodyBytes: 0, answerBytes: 2, connections: 3 },
    opened: () => opened,
    living,
  }
}

function connections(): Connections {
  const all = new Connections()
  onTestFinished(() => all.close())
  return all
}

test('connections stay from load to load, and are others for another number of them', async () => {
  const { asking, opened, living } = await serving()
  const all = connections()
  expect(await all.ready(asking)).toBe(0)
  expect(await all.ready(asking)).toBe(0)
  expect(opened()).toBe(3)
  expect(all.to(asking)).toHaveLength(3)
  expect(await all.ready({ ...asking, connections: 1 })).toBe(0)
  expect(opened()).toBe(4)
  await expect.poll(() => living.size).toBe(1)
  all.close()
  await expect.poll(() => living.size).toBe(0)
})

test('those that the server closed meanwhile are open again before the load', async () => {
  const { asking, opened, living } = await serving()
  const all = connections()
  await all.ready(asking)
  await Promise.all([...living].map((socket) => once(socket.end(), 'close')))
  expect(await all.ready(asking)).toBe(0)
  expect(opened()).toBe(6)
  expect(all.to(asking).every((one) => one.isOpen)).toBe(true)
})

test('one that the server closes in the moment when it is asked is opened again', async () => {
  const { asking, opened } = await serving((request) => request === 4)
  const all = connections()
  await all.ready(asking)
  expect(await all.ready(asking)).toBe(0)
  expect(opened()).toBe(4)
})

test('an answer of another length has failed', async () => {
  const { asking } = await serving()
  expect(await connections().ready({ ...asking, answerBytes: 3 })).toBe(3)
})

test('one that was opened for it and fails has failed', async () => {
  const { asking } = await serving((request) => request === 2)
  await expect(connections().ready(asking)).rejects.toThrow('the server closed the connection within an answer')
})
