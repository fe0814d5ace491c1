import { expect, test } from 'vitest'
import { answer, echo, start } from './helpers/gateway.ts'
import { ask } from './helpers/http.ts'
import { raw, sayAndHear } from './helpers/raw.ts'

test.each([
  'evil.example:PORT',
  'localhost.evil.example:PORT',
  'evil.example',
  '192.168.1.7:PORT',
  '127.0.0.2:PORT',
  '0.0.0.0:PORT',
  '[::]:PORT',
  '[::ffff:127.0.0.1]:PORT',
  '2130706433:PORT',
  'localhost.:PORT',
  'a..localhost:PORT',
  '.localhost:PORT',
  'localhost:1',
  'localhost',
  'localhost:PORT0',
  'a.localhost:',
  'user@localhost:PORT',
  'localhost:PORT@evil.example',
  'localhost:PORT, evil.example',
  'a_b.localhost:PORT',
  '',
])('a page that came by another name (DNS rebinding) reads nothing: %s', async (host) => {
  const gateway = await start(echo)
  const authority = host.replace('PORT', String(gateway.port))
  const request = `GET /fn/hello HTTP/1.1\r\nhost: ${authority}\r\nconnection: close\r\n\r\n`
  expect(await sayAndHear(gateway.port, request)).toMatch(/^HTTP\/1\.1 421 [^]*"code":"wrong-host"/)
  expect(gateway.calls).toEqual([])
})

test('a host that is not named, or named twice, is no request', async () => {
  const gateway = await start(echo)
  const host = `host: a.localhost:${gateway.port}\r\n`
  for (const [version, hosts] of [
    ['1.0', ''],
    ['1.1', ''],
    ['1.1', host + host],
    ['1.1', `${host}host: evil.example\r\n`],
  ]) {
    const client = await raw(gateway.port)
    client.send(`GET / HTTP/${version}\r\n${hosts}connection: close\r\n\r\n`)
    expect(await client.closed).toMatch(/^HTTP\/1\.1 400 /)
  }
  expect(gateway.calls).toEqual([])
})

const ORIGIN = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }

test('pages of other origins may ask functions, as on any server, and read only where the function lets them', async () => {
  const gateway = await start(async ({ path }) =>
    answer('secret', { headers: path === '/open' ? [['access-control-allow-origin', 'https://evil.example']] : [] }),
  )
  const allowed = async (path: string): Promise<unknown> =>
    (await ask(gateway, { path, headers: ORIGIN })).headers['access-control-allow-origin']
  expect(await allowed('/')).toBeUndefined()
  expect(await allowed('/open')).toBe('https://evil.example')
})

test('a page must ask before it may call a method: the question goes to the function, which says nothing unless it means to', async () => {
  const gateway = await start(async () => answer('', { status: 204 }))
  const { status, headers } = await ask(gateway, {
    method: 'OPTIONS',
    headers: { ...ORIGIN, 'access-control-request-method': 'POST', 'access-control-request-headers': 'hither-rpc' },
  })
  expect(status).toBe(204)
  expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  expect(gateway.calls[0]?.params.headers).toContainEqual(['access-control-request-headers', 'hither-rpc'])
})

test('errors are not for pages of other origins either', async () => {
  const gateway = await start(async () => {
    throw new Error('secret')
  })
  const { headers } = await ask(gateway, { headers: ORIGIN })
  expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
})
