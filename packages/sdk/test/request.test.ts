import { expect, test } from 'vitest'
import type { FetchInit } from '../src/index.ts'
import { answer, echo, netOf, type Echo } from './fakes.ts'

async function asked(request?: string | URL | Request, init?: FetchInit): Promise<Echo> {
  const response = await netOf(echo).net.fetch('ann/shop', request, init)
  return (await response.json()) as Echo
}

const streamOf = (...pieces: unknown[]): ReadableStream =>
  new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece)
      controller.close()
    },
  })
const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

test('a name alone is a GET of its root', async () => {
  expect(await asked()).toEqual({ target: 'ann/shop', method: 'GET', path: '/', headers: [], whole: true, text: '' })
})

test.each([
  ['/a/b?c=d#e', '/a/b?c=d'],
  ['//other.example/x', '//other.example/x'],
  ['/../../x', '/x'],
  ['/a/%2e%2e/ö x', '/%C3%B6%20x'],
  ['https://any.example/a?b', '/a?b'],
])('of "%s" the path is %s', async (given, path) => {
  expect(await asked(given)).toMatchObject({ path })
  if (given.includes('://')) expect(await asked(new URL(given))).toMatchObject({ path })
})

test.each(['', 'a/b', '?q=1'])('"%s" is no path', async (given) => {
  await expect(asked(given)).rejects.toMatchObject({ code: 'usage', fix: expect.any(String) as string })
})

test('an init in place of the path is told from one', async () => {
  const init = { method: 'POST' } as unknown as string
  await expect(asked(init)).rejects.toMatchObject({ code: 'usage', fix: "net.fetch(name, '/', init)" })
})

test.each<[unknown, FetchInit, string]>([
  [undefined, {}, 'a function is called by its name, not by undefined'],
  ['ann/shop', { prefer: 'label:gpu' as unknown as string[] }, '`prefer` is no list of texts'],
  ['ann/shop', { labels: [1] as unknown as string[] }, '`labels` is no list of texts'],
  ['ann/shop', { deadline: NaN }, 'the deadline NaN is no time'],
])('calling %j with %j is a mistake that is named', async (name, init, message) => {
  const call = netOf(echo).net.fetch(name as string, '/', init)
  await expect(call).rejects.toMatchObject({ code: 'usage', message })
})

test('method, headers and body are those of the init', async () => {
  const init = { method: 'patch', headers: { 'X-Test': '1' }, body: 'hello' }
  expect(await asked('/x', init)).toMatchObject({
    method: 'PATCH',
    headers: [
      ['x-test', '1'],
      ['content-type', 'text/plain;charset=UTF-8'],
    ],
    whole: true,
    text: 'hello',
  })
})

test('a Request gives its path and query, method, headers and body, which an init can override', async () => {
  const request = (): Request =>
    new Request('http://any.example/a?b', { method: 'PUT', headers: { 'x-test': '1' }, body: 'hello' })
  expect(await asked(request())).toMatchObject({
    method: 'PUT',
    path: '/a?b',
    headers: [
      ['content-type', 'text/plain;charset=UTF-8'],
      ['x-test', '1'],
    ],
    text: 'hello',
  })
  expect(await asked(request(), { method: 'POST', headers: {}, body: 'other' })).toMatchObject({
    method: 'POST',
    text: 'other',
  })
  expect(await asked(new Request('http://any.example/a'))).toMatchObject({ method: 'GET', path: '/a', text: '' })
})

test.each<[string, FetchInit['body'], boolean]>([
  ['text', 'hello', true],
  ['bytes', utf8('hello'), true],
  ['a buffer', utf8('hello').buffer, true],
  ['a short blob', new Blob(['hello']), true],
  ['a long blob', new Blob(['hello'.repeat(100_000)]), false],
  ['a stream', streamOf(utf8('hel'), utf8('lo')), false],
])('%s as a body', async (_, body, whole) => {
  const got = await asked('/', { method: 'POST', body: body ?? null })
  expect(got.text).toMatch(/^(hello)+$/)
  expect(got.whole).toBe(whole)
})

test('forms come with the content type that reads them', async () => {
  const form = new FormData()
  form.set('a', 'b')
  const got = await asked('/', { method: 'POST', body: form })
  const read = new Response(got.text, { headers: got.headers ?? [] })
  expect([...(await read.formData())]).toEqual([['a', 'b']])
  expect(got.whole).toBe(true)
  expect(await asked('/', { method: 'POST', body: new URLSearchParams({ a: 'b c' }) })).toMatchObject({
    headers: [['content-type', 'application/x-www-form-urlencoded;charset=UTF-8']],
    text: 'a=b+c',
  })
})

test('a content type that was given stays', async () => {
  const init = { method: 'POST', headers: { 'content-type': 'a/b' }, body: 'x' }
  expect(await asked('/', init)).toMatchObject({ headers: [['content-type', 'a/b']] })
})

test('what is said about the call goes with it', async () => {
  const init = { deadline: '5s', idempotencyKey: 'k', prefer: ['p'], avoid: ['q', 'r'], tier: 'namespaces' } as const
  expect(await asked('/', { ...init, prefer: ['p'], avoid: ['q', 'r'] })).toMatchObject({
    deadlineMs: 5000,
    idempotencyKey: 'k',
    prefer: ['p'],
    avoid: ['q', 'r'],
    tier: 'namespaces',
  })
  expect(await asked('/', { deadline: 250 })).toMatchObject({ deadlineMs: 250 })
  expect(await asked('/', { deadline: '2m' })).toMatchObject({ deadlineMs: 120_000 })
  expect(await asked('/', { wait: '30s', hedge: '200ms', labels: ['gpu'] })).toMatchObject({
    waitMs: 30_000,
    hedge: 200,
    labels: ['gpu'],
  })
  expect(await asked('/', { wait: 0, hedge: false })).toMatchObject({ waitMs: 0, hedge: false })
})

test.each<[string, FetchInit]>([
  ['a body of a GET', { body: 'x' }],
  ['a header name with a space', { headers: { 'a b': 'c' } }],
  ['a deadline of nothing', { deadline: 0 }],
  ['a wait that is no time', { wait: -1 }],
  ['a deadline that is no number', { deadline: NaN }],
  ['a deadline without a unit', { deadline: '5' as never }],
  ['a stream of texts', { method: 'POST', body: streamOf('text') }],
])('%s is refused in words', async (_, init) => {
  await expect(asked('/', init)).rejects.toMatchObject({ code: 'usage' })
})

test('a request that was read already is refused', async () => {
  const request = new Request('http://x/', { method: 'POST', body: 'x' })
  await request.text()
  await expect(asked(request)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('read') as string,
  })
})

test('a streamed request is read no further than its runner asks', async () => {
  let made = 0
  const body = new ReadableStream<Uint8Array>({ pull: (c) => c.enqueue(Uint8Array.of(made++)) }, { highWaterMark: 0 })
  const { net } = netOf(async ({ body: got }) => {
    for await (const piece of got as AsyncIterable<Uint8Array>) if (piece[0] === 2) break
    return answer('enough')
  })
  expect(await (await net.fetch('x', '/', { method: 'POST', body })).text()).toBe('enough')
  // A web stream makes one piece ahead for its reader.
  expect(made).toBeLessThanOrEqual(4)
})
