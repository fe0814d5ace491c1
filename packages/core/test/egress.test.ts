import { expect, test } from 'vitest'
import { admitsHost, DEFAULT_EGRESS, hostPattern, readEgress, showEgress } from '@hither/core'

test.each([
  ['api.example.com', 'api.example.com'],
  ['API.Example.com.', 'api.example.com'],
  ['*.example.com:8443', '*.example.com:8443'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['0x7f.1:80', '127.0.0.1:80'],
  ['[0:0::1]:3000', '[::1]:3000'],
  ['localhost:3000', 'localhost:3000'],
])('%s is the host %s', (text, host) => expect(hostPattern(text)).toBe(host))

test.each([
  '',
  '*',
  '*.',
  'https://x.org/',
  'a@b',
  'a b',
  'a.*.b',
  '*.127.0.0.1',
  'a:0',
  'a:65536',
  'a:',
  '[::1',
  '::1',
  'a/b',
  'a%2eb',
])('"%s" is no host of a list', (text) => expect(hostPattern(text)).toBeUndefined())

test.each([
  ['https://api.example.com/x', true],
  ['https://api.example.com./x', true],
  ['http://API.example.com/', true],
  ['https://api.example.com:8443/', false],
  ['https://x.api.example.com/', false],
  ['https://example.com.evil.org/', false],
  ['https://a.deep.example.net/', true],
  ['https://example.net/', false],
  ['https://badexample.net/', false],
  ['http://odd.example:8080/', true],
  ['http://odd.example/', false],
  ['http://2130706433:3000/', true],
  ['http://[::ffff:7f00:1]:3000/', false],
])('of a list, %s is admitted: %s', (url, admitted) => {
  const list = ['api.example.com', '*.example.net', 'odd.example:8080', '127.0.0.1:3000']
  expect(admitsHost(list, new URL(url))).toBe(admitted)
})

test('no list admits nothing, and patterns that nobody wrote so match nothing', () => {
  expect(admitsHost([], new URL('https://a.example/'))).toBe(false)
  expect(admitsHost(['', '*', '*.', '.*', 'https://a.example'], new URL('https://a.example/'))).toBe(false)
})

test.each([
  ['off', 'off'],
  ['public', 'public'],
  ['public, 10.1.2.3/8:8080', 'public,10.1.2.3/8:8080'],
  ['127.1:3000', '127.0.0.1:3000'],
  ['[::1]:3000,fd00::/8', '[::1]:3000,fd00::/8'],
])('an owner who writes "%s" permits %s', (text, shown) => {
  const egress = readEgress(text)
  expect(egress && showEgress(egress)).toBe(shown)
})

test.each(['', 'public,', 'all', '10.0.0.0/33', 'fd00::/129', 'a.example', '1.2.3.4:0', '1.2.3.4.5', '300.1.1.1'])(
  '"%s" is no permission',
  (text) => expect(readEgress(text)).toBeUndefined(),
)

test('who says nothing permits the public Internet only', () => expect(showEgress(DEFAULT_EGRESS)).toBe('public'))
