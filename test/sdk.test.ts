import { fileURLToPath } from 'node:url'
import { connect, type ConnectOptions, type Net, type PeerCallInfo } from 'hither'
import { expect, onTestFinished, test } from 'vitest'
import type { RunningPeer } from '../examples/demo/fn.ts'
import type * as App from './handlers/app.ts'
import { joining, testNetwork, type TestNetwork } from './support/network.ts'

const APP = fileURLToPath(new URL('handlers/app.ts', import.meta.url))

interface Lab {
  network: TestNetwork
  runner: RunningPeer
  /** Joins as an app of the developer. */
  app: (options?: ConnectOptions) => Promise<Net<PeerCallInfo>>
}

/** A runner that holds the app's function. Its developer's machine runs a peer where a test starts one. */
async function lab(): Promise<Lab> {
  const network = await testNetwork()
  const dev = await network.publisher('dev')
  const runner = await network.up('runner', ['--volunteer', '--trust', dev], { env: { HITHER_LOG: 'info' } })
  await network.json('dev', ['deploy', APP, ...joining(runner)])
  return {
    network,
    runner,
    async app(options = {}) {
      const bootstrap = [runner.status.addresses[0] ?? '']
      const net = await connect({ home: network.home('dev'), bootstrap, mdns: false, ...options })
      onTestFinished(() => net.close())
      return net
    },
  }
}

function readerOf(response: Response): ReadableStreamDefaultReader<Uint8Array> {
  if (response.body === null) throw new Error('the response has no body')
  return response.body.getReader()
}

async function next(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  return new TextDecoder().decode((await reader.read()).value)
}

test.each(['running', 'light'] as const)('an app calls, and sees who ran it and its receipt (%s)', async (via) => {
  const { network, runner, app } = await lab()
  if (via === 'running') await network.up('dev', joining(runner))
  const net = await app({ via })
  const response = await net.fetch('app', '/echo', { method: 'PUT', body: 'hello' })
  expect(await response.text()).toBe('hello')
  expect(response.headers.get('x-method')).toBe('PUT')
  expect(net.info(response)).toMatchObject({ peer: runner.status.peer, attempts: [{ outcome: 'answered' }] })
  expect((await net.fetch('app', '/nowhere')).status).toBe(404)
  expect((await net.fetch('app', '/nothing')).body).toBeNull()
  const head = await net.fetch('app', '/big', { method: 'HEAD' })
  expect([head.headers.get('content-length'), (await head.bytes()).length]).toEqual(['500000', 0])
  const moved = await net.fetch('app', '/moved')
  expect([moved.status, moved.headers.get('location')]).toEqual([302, '/elsewhere'])

  const receipt = await net.receipt(response)
  const { call, cid } = net.info(response)
  expect(receipt).toMatchObject({ call, cid, receipt: { runner: runner.status.peer } })
  expect(await net.receipt(call)).toEqual(receipt)
  await expect(net.receipt('nosuchcall')).rejects.toMatchObject({ code: 'unknown-receipt' })
  await expect(net.fetch('nowhere')).rejects.toMatchObject({ name: 'UnknownName', code: 'unknown-name' })
})

test.each(['running', 'light'] as const)('bodies flow both ways at once (%s)', async (via) => {
  const { network, runner, app } = await lab()
  if (via === 'running') await network.up('dev', joining(runner))
  const net = await app({ via })
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  const wrote = writer.write(new TextEncoder().encode('ping'))
  const response = await net.fetch('app', '/echo', { method: 'POST', body: readable })
  const reader = readerOf(response)
  expect(await next(reader)).toBe('ping')
  await wrote
  // The second piece is made only after the first came back.
  await Promise.all([writer.write(new TextEncoder().encode('pong')), expect(next(reader)).resolves.toBe('pong')])
  const receipt = net.receipt(response)
  await Promise.all([writer.close(), expect(next(reader)).resolves.toBe('')])
  expect(await receipt).toMatchObject({ call: net.info(response).call })
})

test.each(['running', 'light'] as const)('who leaves an answer aborts its handler’s request (%s)', async (via) => {
  const { network, runner, app } = await lab()
  if (via === 'running') await network.up('dev', joining(runner))
  const net = await app({ via })
  const reader = readerOf(await net.fetch('app', '/events'))
  // On a busy machine the next may be there already.
  expect(await next(reader)).toMatch(/^data: 1\n\n/)
  await reader.cancel()
  await expect.poll(() => runner.stderr()).toContain('the caller has left')
})

test('an answer that breaks on the way breaks its stream, with the handler’s words', async () => {
  const { app } = await lab()
  const response = await (await app()).fetch('app', '/breaks')
  expect(response.status).toBe(200)
  await expect(response.text()).rejects.toMatchObject({
    code: 'handler-failed',
    message: expect.stringContaining('no more of it') as string,
  })
})

test('functions are called by name, with what structured clone can copy', async () => {
  const { app } = await lab()
  const client = (await app()).functions<typeof App>('app')
  expect(await client.add(1, 2)).toBe(3)
  const ann: App.Person = { name: 'Ann', born: new Date('2000-01-02'), likes: new Set(['tea']) }
  expect(await client.rejuvenate(ann)).toEqual({ ...ann, born: new Date('2001-01-02') })

  const error: unknown = await client.add('1' as never, 2).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(TypeError)
  expect(error).toMatchObject({ name: 'TypeError', message: 'strings are not added' })
  expect((error as Error).cause).toBeInstanceOf(RangeError)

  const nobody = client as unknown as { version(): Promise<never> }
  await expect(nobody.version()).rejects.toThrow(/version/)
})

test('where the running peer goes away, calls fail, and later ones go by whatever is there then', async () => {
  const { network, runner, app } = await lab()
  const first = await network.up('dev', joining(runner))
  const bound = await app({ via: 'running' })
  const free = await app()
  const lost = readerOf(await bound.fetch('app', '/events'))
  await next(lost)
  await first.end('SIGKILL')
  const drained = async (): Promise<void> => {
    while (!(await lost.read()).done);
  }
  await expect(drained()).rejects.toMatchObject({ code: 'link-lost' })

  await expect(bound.fetch('app', '/nothing')).rejects.toMatchObject({
    code: 'peer-unreachable',
    fix: expect.stringContaining('fn up') as string,
  })
  expect((await free.fetch('app', '/nothing')).status).toBe(204)

  await network.up('dev', joining(runner))
  expect((await bound.fetch('app', '/nothing')).status).toBe(204)
})

test('an app that asks for a running peer is told where there is none', async () => {
  const network = await testNetwork()
  await expect(connect({ via: 'running', home: network.home('dev') })).rejects.toMatchObject({
    code: 'peer-unreachable',
    fix: expect.stringContaining('fn up') as string,
  })
})
