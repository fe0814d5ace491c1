import { expect, it } from 'vitest'
import {
  checkReceipt,
  digestOf,
  hashRequest,
  makeReceipt,
  readReceipt,
  type Receipt,
  type ReceiptFacts,
  type RequestHead,
} from '../src/index.ts'
import { cidFor, coded, sha256, utf8 } from './material.ts'

type Facts = Omit<ReceiptFacts, 'requestHash'> & { request: RequestHead; requestDigest: Uint8Array }

function made({ request, requestDigest, ...rest }: Facts): Receipt {
  return makeReceipt({ ...rest, requestHash: hashRequest(request, requestDigest, sha256) }, sha256)
}

const facts: Facts = {
  cid: await cidFor('f'),
  runner: '12D3KooWrunner',
  runMs: 12.5,
  cpuMs: 3,
  request: { method: 'POST', url: 'http://f/', headers: [['a', 'b']] },
  requestDigest: await digestOf(utf8('question')),
  response: { status: 200, headers: [['c', 'd']] },
  responseDigest: await digestOf(utf8('answer')),
}
const receipt = made(facts)

it('holds for what it is about', () => {
  expect(() => checkReceipt(receipt, { ...receipt })).not.toThrow()
  expect(readReceipt({ ...receipt })).toEqual(receipt)
})

it('holds for every try of a client, which are of one trace and have a span each', () => {
  const tried = (parent: string): Receipt => {
    const headers: RequestHead['headers'] = [
      ...facts.request.headers,
      ['Traceparent', parent],
      ['tracestate', `x=${parent}`],
    ]
    return made({ ...facts, request: { ...facts.request, headers } })
  }
  expect(() => checkReceipt(tried('00-1-2-01'), tried('00-1-3-01'))).not.toThrow()
  expect(() => checkReceipt(tried('00-1-2-01'), receipt)).not.toThrow()
})

const changes: [string, Partial<Facts>][] = [
  ['function', { cid: await cidFor('g') }],
  ['request', { requestDigest: await digestOf(utf8('Question')) }],
  ['request', { request: { ...facts.request, method: 'PUT' } }],
  ['request', { request: { ...facts.request, url: 'http://g/' } }],
  ['request', { request: { ...facts.request, headers: [] } }],
  ['request', { request: { ...facts.request, url: 'http://f/","a","b', headers: [] } }],
  ['result', { responseDigest: await digestOf(utf8('answer!')) }],
  ['result', { response: { ...facts.response, status: 201 } }],
  ['result', { response: { ...facts.response, headers: [['c', 'e']] } }],
  ['runner', { runner: '12D3KooWother' }],
]

it.each(changes)('does not hold for another %s (%#)', async (part, change) => {
  const other = made({ ...facts, ...change })
  expect(() => checkReceipt(receipt, other)).toThrow(
    expect.objectContaining({ code: 'bad-answer', message: expect.stringContaining(part) }),
  )
})

it('holds for a head that came over the wire, where half of a character is not kept', async () => {
  const sent = { ...facts, request: { ...facts.request, url: 'http://f/\ud800' } }
  const arrived = { ...facts, request: { ...facts.request, url: 'http://f/\ufffd' } }
  const [said, want] = [made(sent), made(arrived)]
  expect(() => checkReceipt(said, want)).not.toThrow()
})

it.each([
  ['no map', 'text'],
  ['a short function', { ...receipt, function: new Uint8Array(3) }],
  ['a long hash', { ...receipt, request: new Uint8Array(33) }],
  ['a missing runner', { ...receipt, runner: undefined }],
  ['a time that is none', { ...receipt, runMs: Number.NaN }],
])('is not read from %s', (_, value) => {
  expect(() => readReceipt(value)).toThrow(coded('bad-message'))
})
