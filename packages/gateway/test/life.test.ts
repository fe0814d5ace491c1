import { once } from 'node:events'
import type { ByteStream } from '@hither/core'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Logger } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { CALLS_MAX } from '../src/limits.ts'
import { functionGateway, gateway as gatewayFor, type GatewayPeer } from '../src/index.ts'
import { answer, echo, start } from './helpers/gateway.ts'
import { ask, begin } from './helpers/http.ts'
import { raw, type Raw } from './helpers/raw.ts'

const log = { debug() {}, error() {} } as unknown as Logger
const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))

async function listener(host: string): Promise<number> {
  const server = createServer().listen(0, host)
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

test.runIf(hasIpv6)('it answers on both loopback addresses, under one port', async () => {
  const { port } = await start(echo)
  for (const host of ['127.0.0.1', '[::1]']) {
    expect((await fetch(`http://${host}:${port}/fn/hello`)).status).toBe(200)
  }
})

test('and on no other', async () => {
  const { port } = await start(echo)
  const outward = Object.values(networkInterfaces()).flatMap((all) => all ?? [])
  for (const { address, internal, family } of outward) {
    if (internal || family !== 'IPv4') continue
    await expect(fetch(`http://${address}:${port}/`)).rejects.toThrow('fetch failed')
  }
  // All of 127/8 is loopback; only one of them is ours.
  await expect(fetch(`http://127.0.0.2:${port}/`)).rejects.toThrow('fetch failed')
})

test.each(hasIpv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1'])('a port that is taken on %s is port-in-use', async (host) => {
  const port = await listener(host)
  const taken = gatewayFor({ port })({ peer: {} as GatewayPeer, log })
  await expect(taken.start()).rejects.toMatchObject({ code: 'port-in-use' })
  // Nothing of it is left.
  if (host === '::1') await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed')
})

test('stopping lets what runs end, takes nothing new, and closes the rest', async () => {
  const finish = Promise.withResolvers<void>()
  const endStream = Promise.withResolvers<void>()
  async function* stream(): ByteStream {
    yield new TextEncoder().encode('begun')
    await endStream.promise
    yield new TextEncoder().encode('ended')
  }
  const gateway = await start(async ({ path }) => {
    if (path === '/stream') return answer(stream())
    if (path === '/long') await finish.promise
    return answer('done')
  })
  const connected = async (path: string): Promise<Raw> => {
    const client = await raw(gateway.port)
    client.send(`GET ${path} HTTP/1.1\r\nhost: a.localhost:${gateway.port}\r\n\r\n`)
    return client
  }
  const idle = await connected('/')
  await idle.until('done')
  const streaming = await connected('/stream')
  await streaming.until('begun')
  const busy = await connected('/long')
  while (gateway.calls.length < 3) await new Promise((resolve) => setImmediate(resolve))

  const stopped = gateway.stop()
  await idle.closed
  await expect(ask(gateway)).rejects.toThrow('ECONNREFUSED')
  // A connection that is open still may ask again.
  endStream.resolve()
  await streaming.until('ended\r\n0\r\n\r\n')
  streaming.send(`GET / HTTP/1.1\r\nhost: a.localhost:${gateway.port}\r\n\r\n`)
  expect(await streaming.closed).toMatch(/HTTP\/1\.1 503 [^]*"code":"draining"/)
  finish.resolve()
  expect(await busy.closed).toMatch(/^HTTP\/1\.1 200 [^]*connection: close[^]*done$/i)
  await stopped
})

test('grace has an end', async () => {
  const aborted = Promise.withResolvers<void>()
  const gateway = await start(async (_, { signal }) => {
    signal?.addEventListener('abort', () => aborted.resolve())
    return new Promise(() => {})
  })
  const broken = expect(begin(gateway)).rejects.toThrow('socket hang up')
  while (gateway.calls.length === 0) await new Promise((resolve) => setImmediate(resolve))
  await gateway.stop({ graceMs: 0 })
  await Promise.all([broken, aborted.promise])
})

/** Asks for a tunnel, and has the no. Its own half stays open. */
async function tunnel(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => void socket.destroy())
  socket.write('CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\nmore')
  const [said] = (await once(socket, 'data')) as [Buffer]
  expect(said.toString()).toMatch(/^HTTP\/1\.1 405 /)
  return socket
}

test('who asks for a tunnel and resets the connection harms nobody', async () => {
  const gateway = await start(echo)
  const socket = await tunnel(gateway.port)
  socket.resetAndDestroy()
  await once(socket, 'close')
  expect((await ask(gateway)).status).toBe(200)
})

test('nor does who holds it keep the gateway from stopping', async () => {
  const gateway = await start(echo)
  await tunnel(gateway.port)
  await gateway.stop({ graceMs: 0 })
  await expect(ask(gateway)).rejects.toThrow('ECONNREFUSED')
})

test('an answer that breaks behind another on its connection leaves that one whole', async () => {
  const [finish, broken] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  async function* breaks(): ByteStream {
    yield new TextEncoder().encode('begun')
    setImmediate(broken.resolve)
    throw new Error('the runner is gone')
  }
  const gateway = await start(async ({ path }) => {
    if (path === '/breaks') return answer(breaks())
    await finish.promise
    return answer('whole')
  })
  const client = await raw(gateway.port)
  for (const path of ['/slow', '/breaks']) {
    client.send(`GET ${path} HTTP/1.1\r\nhost: a.localhost:${gateway.port}\r\n\r\n`)
  }
  await broken.promise
  finish.resolve()
  expect(await client.closed).toMatch(/^HTTP\/1\.1 200 [^]*whole$/)
})

test('beyond what may be under way at once, calls are refused', async () => {
  const finish = Promise.withResolvers<void>()
  const gateway = await start(async () => {
    await finish.promise
    return answer('done')
  })
  const client = await raw(gateway.port)
  client.send(`GET / HTTP/1.1\r\nhost: a.localhost:${gateway.port}\r\n\r\n`.repeat(CALLS_MAX))
  while (gateway.calls.length < CALLS_MAX) await new Promise((resolve) => setImmediate(resolve))
  expect(await ask(gateway)).toMatchObject({ status: 503, headers: { 'hither-error': 'busy', 'retry-after': '1' } })
  finish.resolve()
  await client.until('done')
})

test('one function alone is asked under every path', async () => {
  const asked: unknown[] = []
  const gateway = functionGateway({ port: 0 })({
    log,
    async call({ target, path, headers }) {
      asked.push([target, path, headers?.[0]])
      return { status: 200, headers: [], body: new TextEncoder().encode('hello') }
    },
  })
  await gateway.start()
  onTestFinished(() => gateway.stop({ graceMs: 0 }))
  const { host, port } = new URL(gateway.address)
  const { headers, body } = await ask({ port: Number(port) }, { host: 'localhost', path: '/fn/x/?y' })
  expect(body).toBe('hello')
  expect(asked).toEqual([['', '/fn/x/?y', ['host', host]]])
  expect(Object.keys(headers).filter((name) => name.startsWith('hither-'))).toEqual([])
})
