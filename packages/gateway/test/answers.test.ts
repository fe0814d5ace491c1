import { watched, type ByteStream, type Headers } from '@hither/core'
import { expect, test } from 'vitest'
import { answer, CID, start } from './helpers/gateway.ts'
import { ask, begin } from './helpers/http.ts'
import { sayAndHear } from './helpers/raw.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

async function* pieces(...texts: string[]): ByteStream {
  for (const text of texts) yield bytes(text)
}

test('a whole answer says its length, who ran it, as what, and where the time went', async () => {
  const gateway = await start(async (_, { onProgress }) => {
    onProgress?.({ type: 'call:resolved', cid: CID, ms: 0 })
    onProgress?.({ type: 'call:routed', route: { candidates: [], skipped: [] } })
    return answer('hello')
  })
  const { status, headers, body } = await ask(gateway)
  expect([status, body]).toEqual([200, 'hello'])
  expect(headers).toMatchObject({
    'content-type': 'text/plain',
    'content-length': '5',
    'hither-peer': '12D3KooWRunner',
    'hither-cid': CID,
    'hither-call': 'call-1',
  })
  expect(headers['server-timing']).toMatch(/^resolve;dur=[\d.]+, route;dur=[\d.]+, answer;dur=[\d.]+$/)
  expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
})

test('headers keep their order and their duplicates; cookies stay apart', async () => {
  const headers: Headers = [
    ['x-b', '1'],
    ['set-cookie', 'a=1; Path=/'],
    ['X-A', '2'],
    ['set-cookie', 'b=2'],
    ['x-b', '3'],
    ['access-control-allow-origin', '*'],
  ]
  const gateway = await start(async () => answer('', { headers }))
  expect((await ask(gateway)).rawHeaders.slice(0, headers.length)).toEqual(headers)
})

test('a function cannot speak for the connection, nor for the gateway', async () => {
  const headers: Headers = [
    ['Connection', 'x-hop'],
    ['x-hop', '1'],
    ['keep-alive', 'timeout=900'],
    ['transfer-encoding', 'gzip'],
    ['content-length', '999'],
    ['upgrade', 'h2c'],
    ['hither-peer', 'somebody else'],
    ['hither-error', 'busy'],
    ['Hither-No-Handler', '1'],
    ['hither-thing-to-come', '1'],
    ['hither-rpc', 'error'],
  ]
  const gateway = await start(async () => answer('four', { headers }))
  const { headers: got, body } = await ask(gateway)
  expect(body).toBe('four')
  expect(got).toMatchObject({ 'content-length': '4', 'hither-peer': '12D3KooWRunner', connection: 'close' })
  for (const name of ['x-hop', 'transfer-encoding', 'upgrade']) expect(got).not.toHaveProperty(name)
  const own = Object.keys(got).filter((name) => name.startsWith('hither-'))
  expect(own.toSorted()).toEqual(['hither-call', 'hither-cid', 'hither-peer', 'hither-rpc'])
})

test.each<[string, string]>([
  ['x-a', 'b\r\nset-cookie: evil=1'],
  ['x-a', 'b\nset-cookie: evil=1'],
  ['x-a', 'b\0'],
  ['x-a', 'ł'],
  ['x-a: b\r\nx-evil', '1'],
  ['', '1'],
])('a header that would make others of itself is a broken answer: %j', async (name, value) => {
  const gateway = await start(async () => answer('', { headers: [[name, value]] }))
  const { status, headers } = await ask(gateway)
  expect([status, headers['hither-error']]).toEqual([502, 'bad-answer'])
  expect(headers).not.toHaveProperty('set-cookie')
  expect(headers).not.toHaveProperty('x-evil')
})

test.each([204, 205, 304])('so it is where the answer has no body, as with %i: the error has one', async (status) => {
  const gateway = await start(async () => answer('', { status, headers: [['x-a', 'b\0']] }))
  const refused = await ask(gateway)
  expect([refused.status, refused.headers['hither-error']]).toEqual([502, 'bad-answer'])
  expect(JSON.parse(refused.body)).toMatchObject({ error: { code: 'bad-answer' } })
})

test('a stream whose head cannot be sent is left', async () => {
  const left = Promise.withResolvers<void>()
  const gateway = await start(async () =>
    answer(watched(pieces('never'), { left: left.resolve }), { headers: [['x-a', 'b\0']] }),
  )
  expect((await ask(gateway)).headers['hither-error']).toBe('bad-answer')
  await left.promise
})

test('HEAD gets the head: the length that GET would have, and a stream is left at once', async () => {
  const left: string[] = []
  const gateway = await start(async ({ path }) => {
    if (path === '/whole') return answer('hello')
    if (path === '/given') return answer('', { headers: [['content-length', '77']] })
    return answer(watched(pieces('never'), { left: () => void left.push(path ?? '') }))
  })
  const length = async (path: string): Promise<unknown> => {
    const { headers, body } = await ask(gateway, { path, method: 'HEAD' })
    expect(body).toBe('')
    return headers['content-length']
  }
  expect([await length('/whole'), await length('/given'), await length('/stream')]).toEqual(['5', '77', undefined])
  expect(left).toEqual(['/stream'])
})

test.each([204, 304])('%d has no body, whatever its function says', async (status) => {
  const gateway = await start(async () => answer('body', { status, headers: [['content-length', '4']] }))
  const request = `GET / HTTP/1.1\r\nhost: a.localhost:${gateway.port}\r\nconnection: close\r\n\r\n`
  const heard = await sayAndHear(gateway.port, request)
  expect(heard).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  expect(heard).not.toMatch(/content-length|transfer-encoding/i)
  expect(heard.endsWith('\r\n\r\n')).toBe(true)
})

test('a streamed answer is chunked, or has the length that its function gives', async () => {
  const gateway = await start(async ({ path }) =>
    answer(pieces('one ', 'two'), { headers: path === '/given' ? [['content-length', '7']] : [] }),
  )
  expect(await ask(gateway)).toMatchObject({ body: 'one two', headers: { 'transfer-encoding': 'chunked' } })
  expect(await ask(gateway, { path: '/given' })).toMatchObject({ body: 'one two', headers: { 'content-length': '7' } })
})

test.each([
  ['more', ['one', 'two'], '4'],
  ['less', ['one'], '4'],
])('one that has %s than it said is broken off', async (_, texts, length) => {
  const gateway = await start(async () => answer(pieces(...texts), { headers: [['content-length', length]] }))
  await expect(ask(gateway)).rejects.toThrow(/aborted|socket hang up/)
})

test('where several functions share an origin, none has its cookies’, workers’ or neighbours’ trust', async () => {
  const headers: Headers = [
    ['clear-site-data', '"*"'],
    ['service-worker-allowed', '/'],
    ['content-security-policy', "default-src 'self'"],
  ]
  const gateway = await start(async () => answer('<script>', { headers }))
  const shared = await ask(gateway, { host: 'localhost', path: '/fn/hello/' })
  expect(shared.headers).not.toHaveProperty('clear-site-data')
  expect(shared.headers).not.toHaveProperty('service-worker-allowed')
  // Of several policies each holds.
  expect(shared.headers['content-security-policy']).toMatch(/^default-src 'self', sandbox /)
  expect(shared.headers['content-security-policy']).not.toContain('allow-same-origin')
  const own = await ask(gateway)
  expect(own.headers).toMatchObject(Object.fromEntries(headers))
})

test('the head is there before the first piece of the body', async () => {
  const gateway = await start(async () => answer(never()))
  const message = await begin(gateway)
  expect(message.statusCode).toBe(200)
  message.destroy()
})

async function* never(): ByteStream {
  await new Promise(() => {})
  yield new Uint8Array()
}
