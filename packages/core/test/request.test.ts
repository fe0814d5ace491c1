import { array, assert, constantFrom, property } from 'fast-check'
import { expect, test } from 'vitest'
import { decodeCallHeader, encodeCallHeader, requestFault, cidOf, type RequestHead } from '@hither/core'

const good: RequestHead = { method: 'GET', url: 'http://x.y/a?b=1', headers: [['x-a', 'b c\u00ff']] }

const bad: Partial<RequestHead>[] = [
  { method: '' },
  { method: 'G T' },
  { method: 'TRACE' },
  { method: 'connect' },
  { url: 'not a url' },
  { url: '/relative' },
  { url: 'file:///etc/passwd' },
  { url: 'http://[' },
  { headers: [['a b', 'c']] },
  { headers: [['', 'c']] },
  { headers: [['a', 'b\r\nset-cookie: c']] },
  { headers: [['a', '\u0000']] },
  { headers: [['a', '\u0100']] },
]

test('a head that can become a request has no fault', () => {
  expect(requestFault(good)).toBeUndefined()
  expect(
    requestFault({
      ...good,
      method: 'patch',
      headers: [
        ['a', ''],
        ['a', ''],
      ],
    }),
  ).toBeUndefined()
})

test.each(bad)('a head that cannot says why, and is refused when it comes from a peer: %j', async (part) => {
  const head = { ...good, ...part }
  expect(requestFault(head)).toEqual(expect.any(String))
  const bytes = encodeCallHeader({ ...head, cid: await cidOf(new Uint8Array(1), 'raw'), remainingMs: 1, hop: 0 })
  expect(() => decodeCallHeader(bytes)).toThrow(expect.objectContaining({ code: 'bad-message' }))
})

test('of its URL it says what the platform says, whatever URLs came before', () => {
  const pieces = constantFrom(
    'http://',
    'https://',
    '/',
    '\\',
    '[',
    ']',
    'a',
    '@',
    ':',
    '1',
    '?',
    '#',
    ' ',
    '\t',
    '%',
    '.',
  )
  assert(
    property(array(pieces, { maxLength: 8 }), (rest) => {
      const url = `http://${rest.join('')}`
      const isNone = !URL.canParse(url) || /^[/\\\s]/.test(rest.join(''))
      expect(requestFault({ ...good, url }) !== undefined).toBe(isNone)
    }),
    { numRuns: 5000 },
  )
})
