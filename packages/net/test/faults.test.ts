import { setTimeout as pause } from 'node:timers/promises'
import { encodeFrames, HitherError, type Links } from '@hither/core'
import { describe, expect, test } from 'vitest'
import { net } from '../src/index.ts'
import { SILENCE_MS } from '../src/limits/heartbeat.ts'
import { intruder } from './helpers/intruder.ts'
import { addressOf, afterTries, link, peer, seed, until } from './helpers/peers.ts'
import { portOf, proxy, type Proxy } from './helpers/proxy.ts'
import { answerOf, failure, header, pattern, services } from './helpers/services.ts'

/** A caller and a runner whose every call hangs, joined through a proxy. */
async function hanging(): Promise<{ a: Links; b: Links; between: Proxy; running: Promise<AbortSignal> }> {
  const running = Promise.withResolvers<AbortSignal>()
  const a = await peer()
  const b = await peer({
    services: services({
      call: (_from, _call, _body, { signal }) => {
        running.resolve(signal)
        return new Promise(() => {})
      },
    }),
  })
  const between = await proxy(portOf(addressOf(b)))
  await link(a, between.address, b)
  return { a, b, between, running: running.promise }
}

describe('a link that breaks', () => {
  test('in the middle of a call loses it, on both sides', async () => {
    const { a, b, between, running } = await hanging()
    const call = failure(a.call(b.self, header(), pattern(3)))
    const there = await running
    const told = new Promise((resolve) => there.addEventListener('abort', resolve))
    const down = until(a, 'down', b.self)
    between.cut()
    expect((await call).code).toBe('link-lost')
    await told
    expect(await down).toMatchObject({ why: expect.any(String) })
    expect((await failure(a.call(b.self, header(), pattern(3)))).code).toBe('peer-unreachable')
  })

  test('in silence is noticed while in use', async () => {
    const { a, b, between, running } = await hanging()
    const call = failure(a.call(b.self, header(), pattern(3)))
    await running
    const down = until(a, 'down', b.self)
    between.freeze()
    expect((await call).code).toBe('link-lost')
    expect((await down)?.why).toMatch(/silent for \d+\.\d s/)
  })

  test('is not one on which bytes still come, though no frame gets whole', async () => {
    const a = await peer()
    const connection = await intruder(a)
    const slow = a.list()[0]?.peer ?? ''
    const call = failure(a.call(slow, header(), pattern(3)))
    const stream = await connection.newStream('/hither/call/1')
    const frame = encodeFrames([{ type: 1, id: 1, payload: pattern(1000) }])
    for (let i = 0; i < 8; i++) {
      stream.send(frame.subarray(i, i + 1))
      await pause(SILENCE_MS / 5)
    }
    expect(a.list()).toMatchObject([{ peer: slow }])
    connection.abort(new Error('it has shown what it should'))
    expect((await call).code).toBe('link-lost')
  })

  test('is dialled again', async () => {
    const { a, b, between } = await hanging()
    const down = until(a, 'down', b.self)
    between.cut()
    await down
    await until(a, 'up', b.self)
    expect(a.list()).toMatchObject([{ peer: b.self }])
  })

  test('because the other side stopped is dialled again when that is back', async () => {
    const a = await peer()
    const first = net({ listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false })
    const key = seed()
    const b = first({ seed: key })
    await b.start(services())
    const port = portOf(addressOf(b))
    await link(a, addressOf(b), b)
    const down = until(a, 'down', b.self)
    await b.stop()
    await down
    const again = await peer({ init: { listen: [`/ip4/127.0.0.1/tcp/${port}`] }, components: { seed: key } })
    await until(a, 'up', again.self)
    const answer = await a.call(again.self, header(), pattern(3))
    expect(answer.body).toEqual(pattern(3))
  })
})

describe('joining', () => {
  test('waits for a peer that is not there yet', async () => {
    const key = seed()
    const probe = await peer()
    const port = portOf(addressOf(probe))
    await probe.stop()
    const a = await peer()
    const joined = a.join(`/ip4/127.0.0.1/tcp/${port}`)
    const b = await peer({ init: { listen: [`/ip4/127.0.0.1/tcp/${port}`] }, components: { seed: key } })
    expect(await joined).toBe(b.self)
    expect(a.list()).toHaveLength(1)
  })

  test('gives up with the signal, and says what was wrong', async () => {
    const a = await peer()
    const nobody = failure(a.join('/ip4/127.0.0.1/tcp/1', afterTries(1)))
    expect(await nobody).toMatchObject({ code: 'timeout', why: expect.stringContaining('ECONNREFUSED') })
  })

  test.each([
    '',
    '/',
    'laptop',
    'localhost:80',
    'http://localhost:80',
    '/ip4/192.168.1.20',
    '/ip4/192.168.1.20/tcp',
    '/ip4/192.168.1.320/tcp/4248',
    '/ip4/192.168.1.20/tcp/99999',
    '/ip4/192.168.1.20/udp/4248/quic-v1',
    '/ip4/192.168.1.20/tcp/4248/ws',
    '/ip4/192.168.1.20/tcp/4248/p2p/somebody',
    '/p2p/12D3KooWGzh6Kd8iVmcgHNEjEmCnCnHWHN7SeZf6h3w2ufYkfnLw',
  ])('refuses "%s", which can never be connected to', async (address) => {
    const started = await peer()
    const before = net({ listen: [], mdns: false })({ seed: seed() })
    for (const links of [started, before]) {
      expect(await failure(links.join(address))).toMatchObject({
        code: 'usage',
        message: `"${address}" is not an address of a peer`,
        fix: expect.stringContaining('/ip4/192.168.1.20/tcp/4248'),
      })
    }
  })

  test.each(['/ip6/::1/tcp/1', '/dns4/localhost/tcp/1', '/dns/localhost/tcp/1'])('tries %s again', async (address) => {
    const a = await peer()
    expect((await failure(a.join(address, afterTries(2)))).code).toBe('timeout')
  })

  test('refuses oneself', async () => {
    const a = await peer()
    expect((await failure(a.join(addressOf(a)))).code).toBe('usage')
  })

  test('ends with stop', async () => {
    const a = await peer()
    const joined = failure(a.join('/ip4/127.0.0.1/tcp/1'))
    await a.stop()
    expect((await joined).code).toBe('cancelled')
  })
})

test('a port that is taken is named, with what to do', async () => {
  const a = await peer()
  const listen = [`/ip4/127.0.0.1/tcp/${portOf(addressOf(a))}`]
  const error = await failure(net({ listen, mdns: false })({ seed: seed() }).start(services()))
  expect(error).toMatchObject({ code: 'port-in-use', message: expect.stringContaining(listen[0] ?? '?') })
  expect(error.fix).toBeDefined()
})

test('an address that this machine does not have is called that', async () => {
  // Of the documentation's network (RFC 5737), which no machine has.
  const listen = ['/ip4/192.0.2.1/tcp/0']
  const error = await failure(net({ listen, mdns: false })({ seed: seed() }).start(services()))
  expect(error).toMatchObject({ code: 'bad-config', why: 'this machine does not have that address' })
})

test('a seed of another length is no key', () => {
  expect(() => net({ listen: [], mdns: false })({ seed: new Uint8Array(31) })).toThrow(HitherError)
})

test('a client that only dials is called back on its own link', async () => {
  const a = await peer({ init: { listen: [] }, services: services({ state: () => undefined }) })
  const b = await peer({ services: services({ call: (from, call, body) => answerOf(call, body, pattern(9), from) }) })
  await link(a, addressOf(b), b)
  expect(a.addresses()).toEqual([])
  expect((await b.call(a.self, header(), pattern(5))).body).toEqual(pattern(5))
})
