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
