import { fileURLToPath } from 'node:url'
import { connect, type Net } from 'hither/http'
import { expect, onTestFinished, test } from 'vitest'
import type { RunningPeer } from '../examples/demo/fn.ts'
import type * as App from './handlers/app.ts'
import { joining, testNetwork } from './support/network.ts'

const APP = fileURLToPath(new URL('handlers/app.ts', import.meta.url))

/** An app that knows nothing but the gateway of a peer, which calls a runner. */
async function behindGateway(): Promise<{ net: Net; runner: RunningPeer }> {
  const network = await testNetwork()
  const dev = await network.publisher('dev')
  const runner = await network.up('runner', ['--volunteer', '--trust', dev], { env: { HITHER_LOG: 'info' } })
  await network.json('dev', ['deploy', APP, ...joining(runner)])
  const peer = await network.up('dev', joining(runner))
  const net = await connect({ url: peer.status.gateway ?? '' })
  onTestFinished(() => net.close())
  return { net, runner }
}

async function next(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  return new TextDecoder().decode((await reader.read()).value)
}

function readerOf(response: Response): ReadableStreamDefaultReader<Uint8Array> {
  if (response.body === null) throw new Error('the response has no body')
  return response.body.getReader()
}

test('an app calls through a gateway as it does by a peer', async () => {
  const { net, runner } = await behindGateway()
  const response = await net.fetch('app', '/echo', { method: 'PUT', body: 'hello', deadline: '60s' })
  expect(await response.text()).toBe('hello')
  expect(response.headers.get('x-method')).toBe('PUT')
  expect(net.info(response)).toMatchObject({ peer: runner.status.peer, call: expect.any(String) as string })
  expect((await net.fetch('app', '/nowhere')).status).toBe(404)
  expect((await net.fetch('app', '/nothing')).body).toBeNull()
  const head = await net.fetch('app', '/big', { method: 'HEAD' })
  expect([head.headers.get('content-length'), (await head.bytes()).length]).toEqual(['500000', 0])
  const moved = await net.fetch('app', '/moved')
  expect([moved.status, moved.headers.get('location')]).toEqual([302, '/elsewhere'])
  expect(await (await net.fetch(net.info(response).cid, '/echo', { method: 'POST', body: 'cid' })).text()).toBe('cid')
  expect(await net.receipt(response)).toMatchObject({
    call: net.info(response).call,
    receipt: { runner: runner.status.peer },
  })
  await expect(net.receipt('nosuchcall')).rejects.toMatchObject({ code: 'unknown-receipt' })
  await expect(net.fetch('nowhere')).rejects.toMatchObject({ name: 'UnknownName', code: 'unknown-name' })
  const avoid = [runner.status.peer]
  await expect(net.fetch('app', '/nothing', { avoid, deadline: '3s' })).rejects.toMatchObject({ code: 'no-runner' })
})

test('functions are called by name through a gateway', async () => {
  const { net } = await behindGateway()
  const client = net.functions<typeof App>('app')
  const ann: App.Person = { name: 'Ann', born: new Date('2000-01-02'), likes: new Set(['tea']) }
  expect(await client.rejuvenate(ann)).toEqual({ ...ann, born: new Date('2001-01-02') })
  await expect(client.add('1' as never, 2)).rejects.toThrow(TypeError)
})

test('bodies flow both ways through a gateway, and who leaves aborts the handler’s request', async () => {
  const { net, runner } = await behindGateway()
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  const wrote = writer.write(new TextEncoder().encode('ping'))
  const echo = readerOf(await net.fetch('app', '/echo', { method: 'POST', body: readable }))
  expect(await next(echo)).toBe('ping')
  await wrote
  await Promise.all([writer.close(), expect(next(echo)).resolves.toBe('')])

  const events = readerOf(await net.fetch('app', '/events'))
  // Whoever reads late may get the next ones with it.
  expect(await next(events)).toMatch(/^data: 1\n\n/)
  await events.cancel()
  await expect.poll(() => runner.stderr()).toContain('the caller has left')
})

test('an answer that breaks behind a gateway breaks its stream', async () => {
  const { net } = await behindGateway()
  const response = await net.fetch('app', '/breaks')
  await expect(response.text()).rejects.toMatchObject({ code: 'link-lost' })
})
