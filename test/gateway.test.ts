import { request } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Deployed, Status } from '@hither/peer'
import { expect, onTestFinished, test } from 'vitest'
import { joining, testNetwork } from './support/network.ts'

const GREET = fileURLToPath(new URL('handlers/greet.ts', import.meta.url))
const ERRAND = fileURLToPath(new URL('handlers/errand.ts', import.meta.url))

/** As a browser asks `http://HOST:PORT/…`, which resolves `*.localhost` by itself. */
async function get(gateway: string, host: string, path: string): Promise<{ headers: unknown; body: string }> {
  const { port } = new URL(gateway)
  const req = request({ host: '127.0.0.1', port, path, headers: { host: `${host}:${port}` }, agent: false }).end()
  const [res] = (await once(req, 'response')) as [NodeJS.ReadableStream & { headers: unknown }]
  return { headers: res.headers, body: await text(res) }
}

test('what one machine deploys, a browser on another calls through its peer, which another yet runs', async () => {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const runner = await net.up('runner', ['--volunteer', '--trust', dev])
  const caller = await net.up('caller', joining(runner))
  const { cid } = await net.json<Deployed>('dev', ['deploy', GREET, ...joining(runner)])
  await net.json('caller', ['alias', 'add', 'ann', dev])
  const { gateway = '' } = await net.json<Status>('caller', ['status'])
  expect(caller.status.gateway).toBe(gateway)

  const posted = await fetch(`${gateway}/fn/ann/greet/a/b?who=bob`, {
    method: 'POST',
    headers: { 'x-test': '1' },
    body: 'hello',
  })
  expect(posted.status).toBe(201)
  expect(await posted.json()).toEqual({ method: 'POST', path: '/a/b', who: 'bob', header: '1', body: 'hello' })
  expect(posted.headers.get('x-answer')).toBe('yes')
  expect(posted.headers.get('hither-peer')).toBe(runner.status.peer)
  expect(posted.headers.get('hither-cid')).toBe(cid)

  for (const host of [`greet.${dev}.localhost`, 'greet.ann.localhost', `${cid}.localhost`]) {
    const { headers, body } = await get(gateway, host, '/c')
    expect(JSON.parse(body)).toMatchObject({ method: 'GET', path: '/c' })
    expect(headers).toMatchObject({
      'hither-peer': runner.status.peer,
      'hither-cid': cid,
      'x-origin': `http://${host}:${new URL(gateway).port}`,
    })
  }

  const unknown = await fetch(`${gateway}/fn/nothing`)
  expect([unknown.status, unknown.headers.get('hither-error')]).toEqual([404, 'unknown-name'])
  expect(await (await fetch(`${gateway}/`)).text()).toContain('http://greet.ann.localhost')
})

test('a port that its user chose must be free; without a gateway none is taken', async () => {
  const net = await testNetwork()
  const other = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const alone = ['--host', '127.0.0.1', '--port', '0', '--no-mdns']
  const error = await net.error('me', ['up', ...alone, '--gateway-port', String(port)])
  expect(error).toMatchObject({ exitCode: 1, code: 'port-in-use' })
  expect(error.fix).toContain('another port')
  expect((await net.up('me', ['--no-gateway'])).status.gateway).toBeUndefined()
  expect(await net.json<Status>('me', ['status'])).not.toHaveProperty('gateway')
})

test('three times as many requests as its machine has slots are all answered: where nobody else runs them, they wait in line', async () => {
  const net = await testNetwork()
  const { status } = await net.up('me', ['--volunteer'])
  await net.json('me', ['deploy', ERRAND, '--name', 'errand'])
  const { runner } = await net.json<Status>('me', ['status'])
  // The last of them begin after more than a second, when calls that could go elsewhere have given up.
  const asked = Array.from({ length: 3 * (runner?.slots ?? 0) }, async () => {
    const { status: code } = await fetch(`${status.gateway}/fn/errand/?ms=600`)
    return code
  })
  expect(asked.length).toBeGreaterThan(0)
  expect(new Set(await Promise.all(asked))).toEqual(new Set([200]))
})
