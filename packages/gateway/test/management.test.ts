import { decodeMessage, HitherError } from '@hither/core'
import type { ListedName } from '@hither/peer'
import { expect, test } from 'vitest'
import { CID, echo, KEY, start, type Started } from './helpers/gateway.ts'
import { ask } from './helpers/http.ts'

const listed = (more: Partial<ListedName> = {}): ListedName => ({
  name: 'hello',
  publisher: KEY,
  own: false,
  sequence: 3,
  cid: CID,
  time: Date.UTC(2026, 10, 27),
  message: 'first',
  confirmedAgoMs: 0,
  forked: false,
  ...more,
})

function started(names: ListedName[] = []): Promise<Started> {
  return start(echo, {
    peer: {
      list: async () => names,
      receipt: async () => ({}) as never,
      status: async () => ({ publisher: KEY, runner: { warm: Uint8Array.of(255, 254) } }) as never,
    },
  })
}

test('the page lists the functions that are known, with their addresses', async () => {
  const gateway = await started([
    listed({ own: true }),
    listed({ name: 'a' }),
    listed({ name: 'b', alias: 'ann', message: '<script>alert(1)</script>' }),
    listed({ name: 'gone', cid: null }),
  ])
  const { headers, body } = await ask(gateway, { host: 'localhost' })
  const links = [...body.matchAll(/href="(http[^"]+)"/g)].map(([, href]) => href)
  const { port } = gateway
  expect(links).toEqual([
    `http://hello.localhost:${port}/`,
    `http://a.${KEY}.localhost:${port}/`,
    `http://b.ann.localhost:${port}/`,
  ])
  expect(body).not.toContain('<script>')
  expect(headers['content-type']).toMatch(/^text\/html/)
  expect(headers['content-security-policy']).toContain("default-src 'none'")
  expect(headers['cross-origin-resource-policy']).toBe('same-origin')
})

test('the status is JSON', async () => {
  const gateway = await started()
  const { body } = await ask(gateway, { host: '127.0.0.1', path: '/-/status' })
  expect(JSON.parse(body)).toEqual({
    publisher: KEY,
    runner: { warm: '__4' },
    gateway: `http://localhost:${gateway.port}`,
  })
})

test('the metrics are in the text format of Prometheus', async () => {
  const gateway = await start(echo, {
    peer: {
      peers: async () => [{ peer: 'a', rttMs: 2.5 }, { peer: 'b' }] as never,
      status: async () =>
        ({
          uptimeMs: 1500,
          peers: 2,
          names: 3,
          store: { bytes: 10, capBytes: 100, count: 1 },
          calls: { made: 7, served: 4, refused: 1, failed: 2 },
          runner: { accepting: true, slots: 4, busy: 1, queued: 0 },
          traffic: { sent: { calls: 50 }, received: { calls: 60 } },
        }) as never,
    },
  })
  const { headers, body } = await ask(gateway, { host: 'localhost', path: '/-/metrics' })
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  const lines = body.trimEnd().split('\n')
  const samples = lines.filter((line) => !line.startsWith('#'))
  expect(samples).toContainEqual(expect.stringMatching(/^process_resident_memory_bytes \d+$/))
  expect(samples.filter((line) => line.startsWith('hither_'))).toEqual([
    'hither_calls_made_total 7',
    'hither_calls_total{outcome="served"} 4',
    'hither_calls_total{outcome="refused"} 1',
    'hither_calls_total{outcome="failed"} 2',
    'hither_peers 2',
    'hither_link_rtt_seconds{peer="a"} 0.0025',
    'hither_traffic_bytes_total{direction="sent",kind="calls"} 50',
    'hither_traffic_bytes_total{direction="received",kind="calls"} 60',
    'hither_store_bytes 10',
    'hither_store_cap_bytes 100',
    'hither_store_blocks 1',
    'hither_names 3',
    'hither_uptime_seconds 1.5',
    'hither_runner_accepting 1',
    'hither_runner_slots{state="busy"} 1',
    'hither_runner_slots{state="free"} 3',
    'hither_runner_queued 0',
  ])
  expect(lines).toContain('# TYPE hither_calls_total counter')
  expect(lines).toContain('# TYPE hither_link_rtt_seconds gauge')
})

test('a receipt is CBOR, and one that is not kept is an error', async () => {
  const gateway = await start(echo, {
    peer: {
      async receipt({ call }) {
        if (call === 'abc') return { call, time: 1 } as never
        throw new HitherError('unknown-receipt', 'no such receipt')
      },
    },
  })
  const get = (call: string): ReturnType<typeof fetch> => fetch(`http://127.0.0.1:${gateway.port}/-/receipt/${call}`)
  const found = await get('abc')
  expect(found.headers.get('content-type')).toBe('application/cbor')
  expect(decodeMessage(await found.bytes())).toEqual({ call: 'abc', time: 1 })
  const missing = await get('xyz')
  expect([missing.status, missing.headers.get('hither-error')]).toEqual([404, 'unknown-receipt'])
})

test.each(['/', '/-/status', '/-/receipt/abc'])('nothing of it is for pages of other origins: %s', async (path) => {
  const gateway = await started()
  const status = async (site: string): Promise<number> =>
    (await ask(gateway, { host: 'localhost', path, headers: { 'sec-fetch-site': site } })).status
  expect([await status('cross-site'), await status('same-site')]).toEqual([403, 403])
  expect([await status('none'), await status('same-origin')]).toEqual([200, 200])
})

test('it can only be read', async () => {
  const gateway = await started()
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    expect(await ask(gateway, { host: 'localhost', method }), method).toMatchObject({ status: 404 })
  }
  expect(await ask(gateway, { host: 'localhost', method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
  expect(gateway.calls).toEqual([])
})

test('it is at the bare host only, and leaves the web platform of its process alone', async () => {
  const before = [globalThis.Request, globalThis.Response]
  const gateway = await started()
  expect((await ask(gateway, { path: '/-/status' })).body).toBe('GET hello /-/status')
  await ask(gateway, { host: 'localhost' })
  expect([globalThis.Request, globalThis.Response]).toEqual(before)
})
