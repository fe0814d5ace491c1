import * as dagCbor from '@ipld/dag-cbor'
import { decode, encode } from 'cborg'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
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
