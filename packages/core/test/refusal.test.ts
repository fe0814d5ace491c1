import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  CALL_MAX_MS,
  decodeRefusal,
  encodeMessage,
  encodeRefusal,
  HitherError,
  usualRefusal,
  type WireError,
} from '../src/index.ts'

test('what runners say again and again is a few bytes, and reads on the other side as it was said', () => {
  for (const which of ['full', 'crowdedOut', 'notVolunteering', 'stopping'] as const) {
    for (const retryAfterMs of [undefined, 0, 12, 12_345, CALL_MAX_MS]) {
      const said = usualRefusal(which, retryAfterMs).toWire()
      const bytes = encodeRefusal(said)
      expect(bytes.length).toBeLessThanOrEqual(4)
      expect(decodeRefusal(bytes)).toEqual({ error: said, rest: new Uint8Array(0) })
    }
  }
  expect(usualRefusal('full', 12).toWire()).toEqual({
    code: 'busy',
    message: 'every slot and queue place of the runner is taken',
    fix: 'call another runner, or this one again later',
    data: { retryAfterMs: 12 },
  })
})

test('any other brings its own words, and nothing of them is lost', () => {
  const full = usualRefusal('full', 12).toWire()
  const others: WireError[] = [
    { code: 'busy', message: 'full', why: 'w', fix: 'f', data: { retryAfterMs: 3, cap: 'calls' } },
    { ...full, why: 'somebody said so' },
    { ...full, data: { retryAfterMs: 12, more: true } },
    { ...full, data: { retryAfterMs: -1 } },
    { ...full, data: { retryAfterMs: CALL_MAX_MS + 1 } },
    new HitherError('unsupported', 'it needs what no jail here grants').toWire(),
  ]
  for (const error of others) expect(decodeRefusal(encodeRefusal(error)).error).toEqual(error)
})

test('what follows a refusal is left for whoever reads it', () => {
  for (const error of [usualRefusal('full', 300).toWire(), { code: 'busy', message: 'of another kind' }]) {
    const bytes = encodeRefusal(error)
    expect(decodeRefusal(Uint8Array.of(...bytes, 1, 2, 3))).toEqual({ error, rest: Uint8Array.of(1, 2, 3) })
  }
})

test('any bytes, cut or damaged, are refused by name or read', () => {
  const wordy = encodeMessage({ code: 'busy', message: 'x', data: 'not a map' })
  expect(() => decodeRefusal(Uint8Array.of(0, wordy.length, ...wordy))).toThrow(/cannot be read/)
  const good = [encodeRefusal(usualRefusal('full', 70).toWire()), encodeRefusal({ code: 'busy', message: 'no' })]
  for (const bytes of good) {
    for (let at = 0; at < bytes.length; at++) expect(() => decodeRefusal(bytes.subarray(0, at))).toThrow(/cannot/)
  }
  const damaged = fc
    .tuple(fc.constantFrom(...good), fc.nat(), fc.nat(255))
    .map(([bytes, at, byte]) => bytes.with(at % bytes.length, byte))
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 64 })), (bytes) => {
      try {
        expect(typeof decodeRefusal(bytes).error.code).toBe('string')
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'bad-message' })
      }
    }),
    { seed: 6, numRuns: 2000 },
  )
})
