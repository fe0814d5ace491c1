import { expect, test } from 'vitest'
import { echo, start } from './helpers/gateway.ts'
import { raw, sayAndHear } from './helpers/raw.ts'

/** What a request says that two readers could read in two ways. HOST stands for a good host line. */
const CORPUS: [what: string, request: string][] = [
  ['length and coding', 'POST / HTTP/1.1\r\nHOSTcontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['coding and length', 'POST / HTTP/1.1\r\nHOSTtransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n'],
  ['the same length twice', 'POST / HTTP/1.1\r\nHOSTcontent-length: 3\r\ncontent-length: 3\r\n\r\nabc'],
  ['two lengths', 'POST / HTTP/1.1\r\nHOSTcontent-length: 3\r\ncontent-length: 4\r\n\r\nabc'],
  ['a list of lengths', 'POST / HTTP/1.1\r\nHOSTcontent-length: 3, 3\r\n\r\nabc'],
  ['a length with a sign', 'POST / HTTP/1.1\r\nHOSTcontent-length: +3\r\n\r\nabc'],
  ['a length in hex', 'POST / HTTP/1.1\r\nHOSTcontent-length: 0x3\r\n\r\nabc'],
  ['a length below nothing', 'POST / HTTP/1.1\r\nHOSTcontent-length: -1\r\n\r\n'],
  ['an endless length', `POST / HTTP/1.1\r\nHOSTcontent-length: ${'9'.repeat(40)}\r\n\r\n`],
  ['an unknown coding', 'POST / HTTP/1.1\r\nHOSTtransfer-encoding: xchunked\r\n\r\n0\r\n\r\n'],
  ['two codings', 'POST / HTTP/1.1\r\nHOSTconnection: close\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
  ['chunked, but not last', 'POST / HTTP/1.1\r\nHOSTtransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n'],
  [
    'a second coding',
    'POST / HTTP/1.1\r\nHOSTtransfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n',
  ],
  ['a space before the colon', 'POST / HTTP/1.1\r\nHOSTtransfer-encoding : chunked\r\n\r\n0\r\n\r\n'],
  ['chunks in HTTP/1.0', 'POST / HTTP/1.0\r\nHOSTtransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a folded header', 'GET / HTTP/1.1\r\nHOSTx-a: b\r\n c\r\n\r\n'],
  ['a folded length', 'POST / HTTP/1.1\r\nHOSTx-a: b\r\n content-length: 3\r\n\r\nabc'],
  ['a header that begins with a space', 'GET / HTTP/1.1\r\n x-a: b\r\nHOST\r\n'],
  ['a NUL in a header', 'GET / HTTP/1.1\r\nHOSTx-a: b\0c\r\n\r\n'],
  ['a line end of one byte', 'GET / HTTP/1.1\r\nHOSTx-a: b\nx-b: c\r\n\r\n'],
  ['a lone carriage return', 'GET / HTTP/1.1\r\nHOSTx-a: b\rx-b: c\r\n\r\n'],
  ['a header without a colon', 'GET / HTTP/1.1\r\nHOSTx-a\r\n\r\n'],
  ['a header without a name', 'GET / HTTP/1.1\r\nHOST: a\r\n\r\n'],
  ['a header name with a space', 'GET / HTTP/1.1\r\nHOSTx a: b\r\n\r\n'],
  ['oversized headers', `GET / HTTP/1.1\r\nHOSTx-a: ${'b'.repeat(33_000)}\r\n\r\n`],
  ['too many headers', `GET / HTTP/1.1\r\nconnection: close\r\nHOST${'x: y\r\n'.repeat(300)}\r\n`],
  ['an oversized path', `GET /${'a'.repeat(16_000)} HTTP/1.1\r\nconnection: close\r\nHOST\r\n`],
  ['an absolute target', 'GET http://evil.example/ HTTP/1.1\r\nconnection: close\r\nHOST\r\n'],
  ['no path at all', 'OPTIONS * HTTP/1.1\r\nconnection: close\r\nHOST\r\n'],
  ['a target that names a host', 'GET //evil.example/ HTTP/1.1\r\nconnection: close\r\nHOST\r\n'],
  ['a way up', 'GET /a/../../b HTTP/1.1\r\nconnection: close\r\nHOST\r\n'],
  ['a way up at the end', 'GET /a/.. HTTP/1.1\r\nconnection: close\r\nHOST\r\n'],
  ['an encoded way up', 'GET /a/%2e%2E/b HTTP/1.1\r\nconnection: close\r\nHOST\r\n'],
  ['a half encoded way up', 'GET /a/.%2e/b HTTP/1.1\r\nconnection: close\r\nHOST\r\n'],
  ['a way nowhere', 'GET /a/./b HTTP/1.1\r\nconnection: close\r\nHOST\r\n'],
  ['a backslash', 'GET /a\\..\\b HTTP/1.1\r\nconnection: close\r\nHOST\r\n'],
  ['an encoded NUL', 'GET /a%00b HTTP/1.1\r\nconnection: close\r\nHOST\r\n'],
  ['a NUL in the path', 'GET /a\0b HTTP/1.1\r\nHOST\r\n'],
  ['a byte that is no ASCII', 'GET /\xe9 HTTP/1.1\r\nHOST\r\n'],
  ['a fragment', 'GET /a#b HTTP/1.1\r\nconnection: close\r\nHOST\r\n'],
  ['tabs for spaces', 'GET\t/\tHTTP/1.1\r\nHOST\r\n'],
  ['something after the version', 'GET / HTTP/1.1 x\r\nHOST\r\n'],
  ['HTTP/0.9', 'GET /\r\n\r\n'],
  ['HTTP/1.2', 'GET / HTTP/1.2\r\nHOST\r\n'],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['an unknown method', 'FOO / HTTP/1.1\r\nHOST\r\n'],
  ['a method in small letters', 'get / HTTP/1.1\r\nHOST\r\n'],
  ['CONNECT', 'CONNECT evil.example:443 HTTP/1.1\r\nHOST\r\n'],
  [
    'an unknown expectation',
    'POST / HTTP/1.1\r\nHOSTconnection: close\r\nexpect: 200-maybe\r\ncontent-length: 3\r\n\r\nabc',
  ],
]

test.each(CORPUS)('refused, and no function hears of it: %s', async (_, request) => {
  const gateway = await start(echo)
  const heard = await sayAndHear(gateway.port, request.replace('HOST', `host: a.localhost:${gateway.port}\r\n`))
  expect(heard).toMatch(/^HTTP\/1\.1 4\d\d /)
  expect(heard.match(/HTTP\/1\.1 /g)).toHaveLength(1)
  expect(gateway.calls).toEqual([])
})

test('a second request hidden in a bad one is not answered', async () => {
  const gateway = await start(echo)
  const host = `host: a.localhost:${gateway.port}\r\n`
  const hidden = `GET /hidden HTTP/1.1\r\n${host}\r\n`
  const bad = `POST / HTTP/1.1\r\n${host}content-length: ${hidden.length + 5}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`
  expect((await sayAndHear(gateway.port, bad + hidden)).match(/HTTP\/1\.1 /g)).toHaveLength(1)
  expect(gateway.calls).toEqual([])
})

test.each([
  ['a chunk of no size', 'zz\r\nabc\r\n0\r\n\r\n'],
  ['a chunk of negative size', '-3\r\nabc\r\n0\r\n\r\n'],
  ['a chunk line that ends in one byte', '3\nabc\r\n0\r\n\r\n'],
  ['an endless chunk extension', `3;${'a'.repeat(20_000)}\r\nabc\r\n0\r\n\r\n`],
])('a body that breaks off its framing never ends well for the function: %s', async (_, body) => {
  const outcome = Promise.withResolvers<string>()
  const gateway = await start(async ({ body: pieces }) => {
    try {
      for await (const piece of pieces as AsyncIterable<Uint8Array>) void piece
      outcome.resolve('ended')
    } catch {
      outcome.resolve('broken')
    }
    throw new Error('too late')
  })
  const head = `POST / HTTP/1.1\r\nhost: a.localhost:${gateway.port}\r\ntransfer-encoding: chunked\r\n\r\n`
  expect(await sayAndHear(gateway.port, head + body)).not.toMatch(/ 2\d\d /)
  expect(await outcome.promise).toBe('broken')
})

test('WebSockets are refused, offers of HTTP/2 ignored', async () => {
  const gateway = await start(echo)
  const ask = async (protocol: string): Promise<string> => {
    const client = await raw(gateway.port)
    client.send(
      `GET / HTTP/1.1\r\nhost: a.localhost:${gateway.port}\r\nconnection: upgrade\r\nupgrade: ${protocol}\r\nsec-websocket-key: x\r\n\r\n`,
    )
    return client.until('\r\n\r\n')
  }
  expect(await ask('websocket')).toMatch(/^HTTP\/1\.1 501 /)
  expect(await ask('h2c')).toMatch(/^HTTP\/1\.1 200 /)
  expect(gateway.calls).toHaveLength(1)
})
