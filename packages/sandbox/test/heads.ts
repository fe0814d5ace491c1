import type { Headers } from '@hither/core'

interface Head {
  method?: string
  url?: string
  headers?: Headers
}

/** Heads that no Request can have, and what the caller is told about each. */
export const MALFORMED: [name: string, head: Head, why: RegExp][] = [
  ['a URL that is none', { url: 'not a url' }, /its URL is not absolute/],
  ['a relative URL', { url: '/path' }, /its URL is not absolute/],
  ['no URL', { url: '' }, /its URL is not absolute/],
  ['a password in its URL', { url: 'http://user:secret@f.test/' }, /holds a user name or password$/],
  ['a port beyond all', { url: 'http://f.test:99999/' }, /its URL/],
  ['a method of two words', { method: 'G T' }, /its method "G T" is none/],
  ['no method', { method: '' }, /its method "" is none/],
  ['the method CONNECT', { method: 'CONNECT' }, /its method "CONNECT"/],
  ['the method TRACE', { method: 'TRACE' }, /its method "TRACE"/],
  ['the method track', { method: 'track' }, /its method "track"/],
  ['a terminal’s control character for a method', { method: '\u001b[2J' }, /its method "\\u001b\[2J"/],
  ['a method of 20 KiB that is none', { method: ' '.repeat(20_000) }, /its method " {64}" is none/],
  ['a space in a header’s name', { headers: [['bad name', 'x']] }, /"bad name" is no name of a header/],
  ['a header without a name', { headers: [['', 'x']] }, /"" is no name of a header/],
  ['a letter in a header’s name that is not ASCII', { headers: [['é', 'x']] }, /"é" is no name of a header/],
  ['a line break in a header’s name', { headers: [['a\nb', 'x']] }, /its header "a\\nb" has a line break/],
  ['a line break in a header', { headers: [['x-a', 'b\nx-c: d']] }, /its header "x-a" has a line break/],
  ['a carriage return in a header', { headers: [['x-a', 'b\rc']] }, /the value of its header "x-a"/],
  ['a NUL in a header', { headers: [['authorization', 'secret\0']] }, /the value of its header "authorization"/],
  ['a header beyond Latin-1', { headers: [['x-a', '€']] }, /the value of its header "x-a"/],
  ['half a character in a header', { headers: [['x-a', '\ud800']] }, /the value of its header "x-a"/],
  [
    'one bad header among good ones',
    {
      headers: [
        ['x-a', '1'],
        ['x b', '2'],
        ['x-c', '3'],
      ],
    },
    /"x b" is no name/,
  ],
]

/** What a handler that answers with `ECHO` saw. */
interface Seen {
  method: string
  url: string
  headers: Headers
  body: string
}

/** The answer to HEAD has no body to say it in, so it says it in a header. */
export const ECHO = `const seen = JSON.stringify({
  method: request.method, url: request.url, headers: [...request.headers], body: await request.text() })
  return request.method === 'HEAD' ? new Response(null, { headers: { seen } }) : new Response(seen)`

/** What the handler of such an answer saw. */
export function seenBy(headers: Headers, text: string): unknown {
  return JSON.parse(headers.find(([name]) => name === 'seen')?.[1] ?? text)
}

const long = `http://f.test/${'x'.repeat(16 * 1024 - 14)}`
const many = Array.from({ length: 256 }, (_, i): [string, string] => [`x-${String(i).padStart(3, '0')}`, String(i)])

/** Heads that are odd and none the less right, with a body where it says so, and what the handler sees of them. */
export const ODD: [name: string, sent: Head & { body?: string }, seen: Partial<Seen>][] = [
  ['GET in lower case', { method: 'get' }, { method: 'GET' }],
  ['PATCH in lower case, which is another method', { method: 'patch', body: 'x' }, { method: 'patch', body: 'x' }],
  ['a method of its own, of 5000 letters', { method: 'A'.repeat(5000) }, { method: 'A'.repeat(5000) }],
  ['GET with a body, which is dropped', { method: 'GET', body: 'x' }, { method: 'GET', body: '' }],
  ['head in lower case with a body', { method: 'head', body: 'x' }, { method: 'HEAD', body: '' }],
  ['DELETE with a body', { method: 'DELETE', body: 'x' }, { method: 'DELETE', body: 'x' }],
  [
    'a length of no body',
    { method: 'POST', headers: [['content-length', '0']] },
    { headers: [['content-length', '0']], body: '' },
  ],
  [
    'a length that is wrong',
    { headers: [['content-length', '99']] },
    { headers: [['content-length', '99']], body: '' },
  ],
  ['a URL of 16 KiB', { url: long }, { url: long }],
  ['an escaped path', { url: 'http://f.test/%C3%BC/%2F/%zz?q=%00' }, { url: 'http://f.test/%C3%BC/%2F/%zz?q=%00' }],
  ['a path beyond ASCII', { url: 'http://f.test/ü' }, { url: 'http://f.test/%C3%BC' }],
  ['half a character in its URL', { url: 'http://f.test/\ud800' }, { url: 'http://f.test/%EF%BF%BD' }],
  ['an international host', { url: 'http://bücher.test/' }, { url: 'http://xn--bcher-kva.test/' }],
  ['256 headers', { headers: many }, { headers: many }],
  ['Latin-1 in a header', { headers: [['x-a', 'é\u0080ÿ']] }, { headers: [['x-a', 'é\u0080ÿ']] }],
  ['an empty header', { headers: [['x-a', '']] }, { headers: [['x-a', '']] }],
  ['space around a header', { headers: [['x-a', ' \t b ']] }, { headers: [['x-a', 'b']] }],
  [
    'a header twice',
    {
      headers: [
        ['X-A', '1'],
        ['x-a', '2'],
        ['cookie', 'a=1'],
        ['Cookie', 'b=2'],
      ],
    },
    {
      headers: [
        ['cookie', 'a=1; b=2'],
        ['x-a', '1, 2'],
      ],
    },
  ],
]
