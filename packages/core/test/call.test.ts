import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CALL_MAX_MS,
  decodeCallHeader,
  decodeMessage,
  decodeResponseHead,
  decodeTrailer,
  digestOf,
  encodeCallHeader,
  encodeMessage,
  encodeResponseHead,
  encodeTrailer,
  HOPS_MAX,
  hashRequest,
  makeReceipt,
  readState,
  saysWarm,
  SealTree,
  warmHint,
  WARM_HINT_BYTES,
  WARM_HINTS_MAX,
  type CallHeader,
  type CallTrailer,
  type RunnerState,
} from '../src/index.ts'
import { cidFor, coded, outcomeOf, sha256, utf8 } from './material.ts'

const cid = await cidFor('f')
const header: CallHeader = {
  cid,
  publisher: 'k123',
  method: 'POST',
  url: 'http://shop.localhost/a?b',
  headers: [
    ['x', '1'],
    ['x', '2'],
  ],
  remainingMs: 29_999.5,
  idempotencyKey: 'order-1',
  hop: 1,
  trace: '00-a-b-01',
}
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- who calls without types may give anything
const NO_TEXT = 7 as unknown as string

const state: RunnerState = {
  accepting: true,
  slots: 4,
  busy: 1,
  queued: 0,
  priceMs: 2.5,
  memoryMb: 256,
  speed: 1.5,
  admits: 'listed',
  tier: 'process',
  grants: ['wasm'],
  warm: warmHint(cid),
}
const trailer: CallTrailer = {
  metrics: { fetchMs: 0, queueMs: 1, startMs: 2, runMs: 3.5, cpuMs: 3, cold: true },
  receipt: makeReceipt(
    {
      cid,
      runner: 'r',
      runMs: 3.5,
      cpuMs: 3,
      requestHash: hashRequest({ method: 'GET', url: 'http://f/', headers: [] }, await digestOf(utf8('')), sha256),
      response: { status: 200, headers: [] },
      responseDigest: await digestOf(utf8('')),
    },
    sha256,
  ),
  seal: Promise.resolve({ tree: new SealTree([new Uint8Array(32)], [], new Uint8Array(64)), at: 0 }),
  streamedBytes: 9,
}

describe('messages of a call', () => {
  it('are read as they were written', () => {
    expect(decodeCallHeader(encodeCallHeader(header))).toEqual(header)
    const { publisher: _p, idempotencyKey: _i, trace: _t, ...least } = header
    expect(decodeCallHeader(encodeCallHeader(least))).toEqual(least)
    const { seal: _l, ...wire } = trailer
    expect(decodeTrailer(encodeTrailer(trailer))).toEqual(wire)
    const failed: CallTrailer = { metrics: trailer.metrics, error: { code: 'limit-cpu', message: 'm', data: { a: 1 } } }
    expect(decodeTrailer(encodeTrailer(failed))).toEqual(failed)
    const head = { status: 204, headers: header.headers }
    expect(decodeResponseHead(encodeResponseHead(head))).toEqual(head)
  })

  it('have receipts whose fields stand as they are kept, for nobody to sort them', () => {
    const fields = Object.keys(decodeTrailer(encodeTrailer(trailer)).receipt ?? {})
    expect(fields).toEqual(Object.keys(decodeMessage(encodeMessage(trailer.receipt ?? {})) as object))
  })

  it('leave nothing of one that cannot be written in the next', () => {
    const digest = new Uint8Array(32)
    const [bytes, hash] = [encodeCallHeader(header), hashRequest(header, digest, sha256)]
    expect(() => encodeCallHeader({ ...header, idempotencyKey: NO_TEXT })).toThrow(Error)
    expect(encodeCallHeader(header)).toEqual(bytes)
    expect(() => hashRequest({ ...header, headers: [['x', NO_TEXT]] }, digest, sha256)).toThrow(Error)
    expect(hashRequest(header, digest, sha256)).toEqual(hash)
  })

  const wrong: [string, Partial<CallHeader>][] = [
    ['a method that is too long', { method: 'x'.repeat(33) }],
    ['too many headers', { headers: Array.from({ length: 257 }, () => ['a', 'b']) }],
    ['a header whose name is none', { headers: [['a b', 'c']] }],
    ['a URL that is none', { url: 'shop' }],
    ['a deadline beyond the limit', { remainingMs: CALL_MAX_MS + 1 }],
    ['a deadline in the past', { remainingMs: -1 }],
    ['a deadline that is no number', { remainingMs: Number.NaN }],
    ['too many hops', { hop: HOPS_MAX + 1 }],
    ['a key that is too long', { idempotencyKey: 'k'.repeat(1025) }],
  ]
  it.each(wrong)('are refused with %s', (_, change) => {
    const bytes = encodeCallHeader({ ...header, ...change })
    expect(() => decodeCallHeader(bytes)).toThrow(coded('bad-message'))
  })

  it('are refused where they say what nobody knows, or go on after their end', () => {
    for (const [bytes, decode] of [
      [encodeCallHeader(header), decodeCallHeader],
      [encodeTrailer(trailer), decodeTrailer],
    ] as const) {
      expect(() => decode(bytes.with(0, 0x80))).toThrow(coded('bad-message'))
      expect(() => decode(Uint8Array.from([...bytes, 0]))).toThrow(coded('bad-message'))
    }
  })

  it('keep texts of any script, and what no encoding of texts has as one character', () => {
    const url = 'http://shop.localhost/\ufeff\u00fc\u6d77\ud83d\ude00'
    expect(decodeCallHeader(encodeCallHeader({ ...header, url })).url).toBe(url)
    expect(decodeCallHeader(encodeCallHeader({ ...header, url: `${url}\ud800` })).url).toBe(`${url}\ufffd`)
  })

  it('are refused when a runner lies without bounds', () => {
    for (const change of [
      { warm: new Uint8Array(WARM_HINTS_MAX * WARM_HINT_BYTES + 1) },
      { grants: Array(17).fill('x') },
      { admits: 'all' },
      { slots: -1 },
    ]) {
      expect(() => readState({ ...state, ...change })).toThrow(coded('bad-message'))
    }
    for (const status of [0, 101, 199, 600]) {
      expect(() => decodeResponseHead(encodeResponseHead({ status, headers: [] }))).toThrow(coded('bad-message'))
    }
  })

  it('are caught when they are cut, wherever that is', () => {
    for (const [bytes, decode] of [
      [encodeCallHeader(header), decodeCallHeader],
      [encodeTrailer(trailer), decodeTrailer],
    ] as const) {
      for (let at = 0; at < bytes.length; at++) {
        expect(
          outcomeOf(() => decode(bytes.subarray(0, at))),
          `cut at ${at}`,
        ).toBe('bad-message')
      }
    }
  })

  it('survive any bytes and any damage', () => {
    const good = [encodeCallHeader(header), encodeTrailer(trailer)]
    const damaged = fc
      .tuple(fc.constantFrom(...good), fc.nat(), fc.nat(255))
      .map(([bytes, at, byte]) => bytes.with(at % bytes.length, byte))
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 64 })), (bytes) => {
        for (const decode of [decodeCallHeader, decodeTrailer, decodeResponseHead]) {
          expect(['fine', 'bad-message']).toContain(outcomeOf(() => decode(bytes)))
        }
      }),
      { seed: 6, numRuns: 2000 },
    )
  })
})

describe('saysWarm', () => {
  it('finds whole hints only', async () => {
    const other = await cidFor('g')
    const warm = Uint8Array.from([...warmHint(other), ...warmHint(cid)])
    expect(saysWarm({ ...state, warm }, cid)).toBe(true)
    expect(saysWarm({ ...state, warm: warm.subarray(0, -1) }, cid)).toBe(false)
    expect(saysWarm({ ...state, warm: warm.subarray(1) }, other)).toBe(false)
    expect(saysWarm({ ...state, warm: new Uint8Array(0) }, cid)).toBe(false)
  })
})
