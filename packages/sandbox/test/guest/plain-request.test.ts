import { array, assert, constantFrom, property, tuple } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isPlain } from '../../src/guest/call/plain-request.ts'
import { seenBy } from '../heads.ts'
import { start } from './start.ts'

const PIECES = [
  'http',
  'https',
  '://',
  'a',
  'B',
  '1',
  '0x',
  'fn.localhost',
  '.',
  '..',
  '/',
  '\\',
  '?',
  '#',
  '@',
  ':',
  ':80',
]
const MORE = [
  ':8787',
  ':443',
  ':99999',
  ':65535',
  ':65536',
  ':08',
  '%',
  '%2e',
  '%2E',
  '%41',
  '%zz',
  'xn--',
  'xn--a',
  "'",
  '"',
  '^',
  '|',
  ' ',
  '\t',
  'ü',
  '<',
  '[',
  ']',
]

const like = (url: string): boolean => {
  try {
    return new URL(url).href === url
  } catch {
    // Then it is not plain either.
    return false
  }
}

test('a URL is plain only if parsing it changes nothing', () => {
  const pieces = array(constantFrom(...PIECES, ...MORE), { maxLength: 8 })
  const url = tuple(constantFrom('http://', 'https://', 'http://a', 'https://fn.localhost/', 'http://a/?', ''), pieces)
  assert(
    property(url, ([head, rest]) => {
      const whole = head + rest.join('')
      if (isPlain(whole)) expect(like(whole)).toBe(true)
    }),
    { numRuns: 20_000 },
  )
})

test.each([
  'http://fn.localhost/',
  'https://name.k51qzi5uqu5dlvj2baxnqn.localhost:8787/a/b.html?c=d&e=%20f',
  'http://a/%C3%BC/~x/..a/b..',
  'http://fn.localhost:1/',
  'http://fn.localhost:10000/',
  'http://fn.localhost:41837/',
  'http://fn.localhost:65535/',
])('%s is plain', (url) => {
  expect(isPlain(url)).toBe(true)
})

test.each([
  'http://1.2.3.4/',
  'http://0x7f.1/',
  'http://a:80/',
  'https://a:443/',
  'http://a:65536/',
  'http://a:70000/',
  'http://a:099/',
  'http://A/',
  'HTTP://a/',
  'http://a',
  'http://a/../b',
  'http://a/.',
  'http://a/%2e%2E/',
  'http://a/#b',
  'http://u@a/',
  "http://a/?'",
  'http://ü/',
])('%s is not', (url) => {
  expect(isPlain(url)).toBe(false)
})

/** All that can be seen of a request, beside one that is made the long way. */
const HANDLER = `const ASPECTS = ['method', 'url', 'redirect', 'destination', 'body', 'bodyUsed', 'referrer', 'referrerPolicy', 'mode',
    'credentials', 'cache', 'integrity', 'keepalive', 'isReloadNavigation', 'isHistoryNavigation', 'duplex']
  const seen = async (request) => ({
    ...Object.fromEntries(ASPECTS.map((name) => [name, String(request[name])])),
    headers: [...request.headers], kind: Object.prototype.toString.call(request), real: request instanceof Request,
    signal: [request.signal instanceof AbortSignal, request.signal.aborted], keys: Reflect.ownKeys(request).map(String),
    clone: [request.clone().url, await request.clone().text()], copy: new Request(request.clone(), { headers: { x: 'y' } }).url,
    set: (() => { request.headers.set('x-new', '1'); return request.headers.get('x-new') })(), text: await request.text(), used: request.bodyUsed,
  })
  export default async (request) => {
    const { method, url } = request
    const bodiless = method === 'GET' || method === 'HEAD'
    const body = bodiless ? null : new Uint8Array(await request.clone().arrayBuffer())
    const long = new Request(url, { method, headers: [...request.headers], body, duplex: 'half' })
    const both = JSON.stringify([await seen(request), await seen(long)])
    return method === 'HEAD' ? new Response(null, { headers: { seen: both } }) : new Response(both)
  }`

describe('a request made the short way is like any other', () => {
  test.each([
    [
      'GET',
      [
        ['accept', '*/*'],
        ['Accept', 'text/html'],
        ['cookie', 'a=b'],
        ['COOKIE', 'c=d'],
      ],
    ],
    ['HEAD', []],
    [
      'POST',
      [
        ['content-type', 'text/plain'],
        ['x-latin', 'caf\xe9'],
      ],
    ],
    ['DELETE', [['x', '']]],
  ] as const)('%s', async (method, headers) => {
    const { fetch } = start(HANDLER)
    const answer = await fetch({
      method,
      url: 'http://fn.localhost/a?b=c',
      headers: headers.map(([name, value]) => [name, value]),
      body: new TextEncoder().encode('body'),
    })
    const [short, long] = seenBy(answer.headers, answer.text) as [{ url: string }, unknown]
    expect(short.url).toBe('http://fn.localhost/a?b=c')
    expect(short).toEqual(long)
  })
})
