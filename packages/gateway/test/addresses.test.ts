import { expect, test } from 'vitest'
import { CID, echo, KEY, start } from './helpers/gateway.ts'
import { ask } from './helpers/http.ts'

test.each([
  ['hello.localhost', '/', 'hello', '/'],
  ['hello.localhost', '/a/b?c=d&e=../f', 'hello', '/a/b?c=d&e=../f'],
  ['HELLO.Ann.LocalHost', '/', 'ann/hello', '/'],
  [`hello.${KEY}.localhost`, '/a%20b', `${KEY}/hello`, '/a%20b'],
  [`${CID}.localhost`, '/fn/x', CID, '/fn/x'],
  ['localhost', '/fn/hello', 'hello', '/'],
  ['localhost', '/fn/hello?x', 'hello', '/?x'],
  ['localhost', '/fn/hello/', 'hello', '/'],
  ['localhost', '/fn/hello/a/b/', 'hello', '/a/b/'],
  ['localhost', '/own/ann/hello?x', 'ann', '/hello?x'],
  ['localhost', '/own/hello', 'hello', '/'],
  ['localhost', '/fn/ann', 'ann', '/'],
  ['localhost', '/fn/ann/', 'ann', '/'],
  ['localhost', '/fn/ann/hello', 'ann/hello', '/'],
  ['127.0.0.1', '/fn/ann/hello/a//b', 'ann/hello', '/a//b'],
  ['[::1]', `/fn/${KEY}/hello/a`, `${KEY}/hello`, '/a'],
  ['localhost', `/cid/${CID}/a?b`, CID, '/a?b'],
])('http://%s%s asks %s for %s', async (host, path, target, seen) => {
  const gateway = await start(echo)
  expect(await ask(gateway, { host, path })).toMatchObject({ status: 200, body: `GET ${target} ${seen}` })
})

test('the function sees the host at which it has an origin to itself', async () => {
  const gateway = await start(echo)
  const { port } = gateway
  await ask(gateway, { host: 'Hello.ann.localhost' })
  await ask(gateway, { host: '127.0.0.1', path: '/fn/ann/hello' })
  await ask(gateway, { host: '127.0.0.1', path: '/fn/hello' })
  await ask(gateway, { host: 'localhost', path: `/cid/${CID}` })
  expect(gateway.calls.map(({ params }) => params.headers?.filter(([name]) => name === 'host'))).toEqual([
    [['host', `hello.ann.localhost:${port}`]],
    [['host', `hello.ann.localhost:${port}`]],
    [['host', `hello.localhost:${port}`]],
    [['host', `${CID}.localhost:${port}`]],
  ])
})

test('addresses of no function are refused, in words', async () => {
  const gateway = await start(echo)
  const refused = async (host: string, path: string): Promise<unknown> => {
    const { status, body, headers } = await ask(gateway, { host, path })
    expect(JSON.parse(body)).toMatchObject({ error: { code: headers['hither-error'] } })
    return [status, headers['hither-error']]
  }
  expect(await refused('a.b.c.localhost', '/')).toEqual([400, 'bad-name'])
  expect(await refused('localhost', '/cid/hello')).toEqual([400, 'bad-name'])
  expect(await refused('localhost', '/cid')).toEqual([400, 'bad-name'])
  expect(await refused('localhost', '/fn/hello//evil.example')).toEqual([400, 'bad-message'])
  expect(await refused('localhost', '/fn/ann/hello//evil.example')).toEqual([400, 'bad-message'])
  expect(await refused('localhost', '/other')).toEqual([404, 'unknown-name'])
  expect(gateway.calls).toEqual([])
})
