import url, { domainToASCII, domainToUnicode, fileURLToPath, format, pathToFileURL, URL as Imported } from 'node:url'
import { attempt } from './attempt.ts'

const TEXTS = [
  'http://user:pass@host.com:8080/p/a/t/h?query=string#hash',
  '//host/path',
  '/a?b=c',
  'mailto:a@b.c',
  'x:1',
]
const JOINS = [
  ['/one/two/three', 'four'],
  ['http://example.com/', '/one'],
  ['http://example.com/one', '/two'],
  ['http://a/b/c', '../d?e'],
]

export default (): Response =>
  Response.json({
    same: Imported === URL,
    parsed: TEXTS.map((text) => url.parse(text)),
    query: url.parse('/a?b=c&b=d', true).query,
    formatted: [
      url.format({ protocol: 'https', host: 'h.com', pathname: 'x', search: '?a=b' }),
      url.format({ hostname: 'h', port: 80, query: { a: 1 } }),
      format(new URL('http://ü.com/a?b#c'), { fragment: false, unicode: true }),
    ],
    resolved: JOINS.map(([from = '', to = '']) => url.resolve(from, to)),
    files: [fileURLToPath('file:///a%20b/c'), pathToFileURL('/a b/#c').href],
    domains: [domainToASCII('español.com'), domainToUnicode('xn--espaol-zwa.com'), domainToASCII('xn--iñvalid.com')],
    options: url.urlToHttpOptions(new URL('https://a:b@c.d:1/e?f#g')),
    errors: [attempt(() => fileURLToPath('http://x'))].map((e) => (e as { code?: string }).code),
  })
