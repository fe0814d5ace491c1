import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeDag, decodeMessage, encodeDag, encodeMessage, FRAME_MAX_BYTES } from '../src/index.ts'
import { coded, outcomeOf, utf8 } from './material.ts'

/** So many arrays, each in the next, and a zero inside. */
const nested = (depth: number): Uint8Array => new Uint8Array(depth + 1).fill(0x81, 0, depth)

/** A CBOR head of a type that claims a length, with nothing behind it. */
function claim(majorType: number, length: bigint): Uint8Array {
  const bytes = new Uint8Array(9)
  bytes[0] = (majorType << 5) | 27
  new DataView(bytes.buffer).setBigUint64(1, length)
  return bytes
}

describe.each([
  ['decodeMessage', decodeMessage],
  ['decodeDag', decodeDag],
])('%s', (_, decode) => {
  it('refuses nesting of any depth without a crash', () => {
    expect(() => decode(nested(200_000))).toThrow(coded('bad-message'))
  })

  it.each([2, 3, 4, 5])('refuses a huge claimed length of type %i', (majorType) => {
    for (const length of [2n ** 31n, 2n ** 32n, 2n ** 52n, 2n ** 63n]) {
      expect(() => decode(claim(majorType, length))).toThrow(coded('bad-message'))
    }
  })

  it('refuses what is cut short, doubled or of indefinite length', () => {
    const good = encodeMessage({ a: 1, text: 'some text' })
    for (let end = 0; end < good.length; end++)
      expect(() => decode(good.subarray(0, end))).toThrow(coded('bad-message'))
    expect(() => decode(Uint8Array.from([...good, 0]))).toThrow(coded('bad-message'))
    expect(() => decode(Uint8Array.of(0xa2, 0x61, 0x61, 1, 0x61, 0x61, 2))).toThrow(coded('bad-message'))
    expect(() => decode(Uint8Array.of(0x9f, 1, 0xff))).toThrow(coded('bad-message'))
    expect(() => decode(Uint8Array.of(0x18, 0x05))).toThrow(coded('bad-message'))
  })

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(['fine', 'bad-message']).toContain(outcomeOf(() => decode(bytes)))
      }),
      { seed: 4, numRuns: 2000 },
    )
  })

  it('never lets a message set a prototype', () => {
    const key = utf8('__proto__')
    const bytes = Uint8Array.from([0xa1, 0x60 | key.length, ...key, 0xa1, 0x61, 0x78, 1])
    let value: unknown
    const outcome = outcomeOf(() => {
      value = decode(bytes)
    })
    expect(['fine', 'bad-message']).toContain(outcome)
    expect(value ?? {}).not.toHaveProperty('x')
  })
})

it('gives back what was encoded', () => {
  const plain = fc
    .jsonValue({ noUnicodeString: false, maxDepth: 4 })
    .filter((value) => !JSON.stringify(value).includes('-0'))
  fc.assert(
    fc.property(fc.dictionary(fc.string({ maxLength: 8 }), plain), (value) => {
      const message = JSON.parse(JSON.stringify(value)) as object
      expect(decodeMessage(encodeMessage(message))).toEqual(message)
    }),
    { seed: 5, numRuns: 200 },
  )
})

it('looks at no message that is longer than it may be', () => {
  const message = encodeMessage({ text: 'x'.repeat(FRAME_MAX_BYTES) })
  expect(() => decodeMessage(message)).toThrow(coded('bad-message'))
  expect(decodeMessage(message, message.length)).toHaveProperty('text')
})

it('leaves undefined fields out of messages', () => {
  expect(decodeMessage(encodeMessage({ a: 1, b: undefined }))).toEqual({ a: 1 })
})

it('gives one encoding per value, whatever the order of its keys', () => {
  expect(encodeDag({ long: 1, b: 2, a: 3 })).toEqual(encodeDag({ a: 3, b: 2, long: 1 }))
})
