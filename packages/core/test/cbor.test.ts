import * as dagCbor from '@ipld/dag-cbor'
import { decode, encode } from 'cborg'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeUsual, UNUSUAL } from '../src/cbor-read.ts'
import { encodeUsual } from '../src/cbor.ts'
import { cidOf } from '../src/index.ts'

const DAG = { float64: true, skipUndefined: false }
const MESSAGE = { float64: false, skipUndefined: true }

const key = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 20 }).filter((text) => text !== '__proto__')
const leaf = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noDefaultInfinity: true, noNaN: true }),
  fc.boolean(),
  fc.constant(null),
  fc.uint8Array({ maxLength: 300 }),
)
const { tree } = fc.letrec<{ tree: unknown; list: unknown; map: unknown }>((tie) => ({
  tree: fc.oneof({ maxDepth: 2 }, leaf, tie('list'), tie('map')),
  list: fc.array(tie('tree'), { maxLength: 25 }),
  map: fc.dictionary(key, tie('tree'), { maxKeys: 25, noNullPrototype: true }),
}))
const message = fc.dictionary(key, tree, { noNullPrototype: true })

test('byte for byte it is what DAG-CBOR is', () => {
  fc.assert(
    fc.property(message, (value) => {
      expect(encodeUsual(value, DAG)).toEqual(Uint8Array.from(dagCbor.encode(value)))
    }),
    { seed: 8, numRuns: 200 },
  )
})

test('what is said comes out as it went in, without fields that are undefined', () => {
  fc.assert(
    fc.property(message, (value) => {
      const bytes = encodeUsual({ ...value, 'left out': undefined }, MESSAGE)
      expect(decode(bytes ?? new Uint8Array(0), { strict: true })).toEqual(decode(encode(value)))
    }),
    { seed: 8, numRuns: 200 },
  )
})

test('what is long is written whole, and what follows too', () => {
  const long = { bytes: new Uint8Array(200_000).fill(7), text: 'x'.repeat(70_000) }
  for (const value of [long, { a: 1 }, long])
    expect(encodeUsual(value, DAG)).toEqual(Uint8Array.from(dagCbor.encode(value)))
})

test('it says of everything else that it is not for it', async () => {
  const circle: Record<string, unknown> = {}
  circle['again'] = circle
  const cid = await cidOf(new Uint8Array(0), 'raw')
  const others = [NaN, Infinity, 1n, undefined, new Map(), new Date(), cid, circle, { ä: 1 }, () => 1, Symbol('x')]
  for (const other of others) expect(encodeUsual({ other: [other] }, MESSAGE)).toBeUndefined()
  expect(encodeUsual({ other: undefined }, DAG)).toBeUndefined()
})

const STRICT = { strict: true, allowIndefinite: false, rejectDuplicateMapKeys: true }

function strictly(bytes: Uint8Array): unknown {
  try {
    return decode(bytes, STRICT)
  } catch {
    return UNUSUAL
  }
}

test('what it reads is what a strict decoder reads', () => {
  fc.assert(
    fc.property(message, (value) => {
      const bytes = encode(value)
      const read = decodeUsual(bytes)
      if (read !== UNUSUAL) expect(read).toEqual(strictly(bytes))
    }),
    { seed: 8, numRuns: 300 },
  )
  const usual = { list: [1, -7, 24, 70_000, 0.1, null, true, 'text'], bytes: Uint8Array.of(1), long: 'x'.repeat(300) }
  expect(decodeUsual(encode({ map: usual }))).toEqual({ map: usual })
})

test('of bytes that were changed it reads nothing but what a strict decoder does', () => {
  const good = encode({
    method: 'GET',
    headers: [['accept', 'a/b']],
    n: [0.1, 300, 70_000],
    b: new Uint8Array(40),
    u: 'ü',
  })
  const changed = fc
    .tuple(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length))
    .map(([at, byte, cut]) => good.with(at, byte).subarray(cut))
  fc.assert(
    fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 40 })), (bytes) => {
      const read = decodeUsual(bytes)
      expect(read).toEqual(read === UNUSUAL ? UNUSUAL : strictly(bytes))
    }),
    { seed: 8, numRuns: 5000 },
  )
})

test('bytes that it read stay when their message goes', () => {
  const came = encode({ bytes: Uint8Array.of(1, 2, 3), word: 'as it was' })
  const read = decodeUsual(came)
  came.fill(0)
  expect(read).toEqual({ bytes: Uint8Array.of(1, 2, 3), word: 'as it was' })
})
