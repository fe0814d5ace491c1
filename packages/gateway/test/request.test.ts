import { IDEMPOTENCY_KEY_MAX_BYTES } from '@hither/core'
import { expect, test } from 'vitest'
import { echo, start } from './helpers/gateway.ts'
import { ask } from './helpers/http.ts'

test('headers reach the function in their order, duplicates and all', async () => {
  const gateway = await start(echo)
  const headers = ['X-B', '1', 'accept', 'a', 'X-A', '2', 'x-b', '3', 'cookie', 'a=b', 'hither-rpc', 'add']
  await ask(gateway, { headers })
  const [host, ...rest] = gateway.calls[0]?.params.headers ?? []
  expect(host).toEqual(['host', `hello.localhost:${gateway.port}`])
  expect(rest).toEqual([
    ['x-b', '1'],
    ['accept', 'a'],
    ['x-a', '2'],
    ['x-b', '3'],
    ['cookie', 'a=b'],
    ['hither-rpc', 'add'],
  ])
})

test('what is about the connection, or claims to come from a proxy, does not', async () => {
  const gateway = await start(echo)
  const headers = Object.entries({
    connection: 'keep-alive, X-Hop',
    'keep-alive': 'timeout=5',
    'x-hop': '1',
    te: 'trailers',
    'proxy-authorization': 'secret',
    'proxy-connection': 'keep-alive',
    upgrade: 'h2c',
    'X-Forwarded-For': '10.0.0.1',
    'x-forwarded-host': 'evil.example',
    'x-real-ip': '10.0.0.1',
    forwarded: 'for=10.0.0.1',
    'x-stays': '1',
  }).flat()
  expect(await ask(gateway, { headers })).toMatchObject({ status: 200 })
  expect(gateway.calls[0]?.params.headers).toEqual([
    ['host', `hello.localhost:${gateway.port}`],
    ['x-stays', '1'],
  ])
})

test('options of the call are headers of the request, and the function sees of them its key only', async () => {
  const gateway = await start(echo)
  const [a, b] = [
    '12D3KooWA1cRrg1TTGDRmvbsTgtLzZZ2bDzPEWvEqqmmjcbKTZ7w',
    '12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN',
  ]
  await ask(gateway, {
    headers: {
      'idempotency-key': 'order-7',
      'hither-deadline': '1500ms',
      'hither-wait': '30s',
      'hither-hedge': 'off',
      'hither-labels': 'gpu, shop-7',
      'hither-prefer': `${a}, ${b}`,
      'hither-avoid': a,
      'hither-require': 'label:gpu, publisher:ann',
      'hither-tier': 'filtered',
      'hither-peer': 'x',
    },
  })
  await ask(gateway)
  const [asked, plain] = gateway.calls.map(({ params }) => params)
  expect(asked).toMatchObject({
    idempotencyKey: 'order-7',
    deadlineMs: 1500,
    waitMs: 30_000,
    hedge: false,
    labels: ['gpu', 'shop-7'],
    prefer: [a, b],
    avoid: [a],
    require: ['label:gpu', 'publisher:ann'],
    tier: 'filtered',
  })
  expect(asked?.headers?.map(([name]) => name)).toEqual(['host', 'idempotency-key'])
  expect(Object.keys(plain ?? {})).toEqual(['target', 'method', 'path', 'headers', 'keepName'])
})

test.each([
  { 'hither-deadline': '5' },
  { 'hither-deadline': '0s' },
  { 'hither-wait': '5' },
  { 'hither-hedge': 'no' },
  { 'hither-labels': 'Gpu' },
  { 'hither-prefer': 'a b' },
  { 'hither-avoid': '' },
  { 'hither-tier': 'strong' },
  { 'idempotency-key': '' },
  { 'idempotency-key': 'x'.repeat(IDEMPOTENCY_KEY_MAX_BYTES + 1) },
])('an option that cannot be read is refused: %j', async (headers) => {
  const gateway = await start(echo)
  expect(await ask(gateway, { headers })).toMatchObject({ status: 400, headers: { 'hither-error': 'usage' } })
  expect(gateway.calls).toEqual([])
})
