import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeNews,
  decodePlace,
  encodeNews,
  encodePlace,
  isWorthTelling,
  WARM_HINT_BYTES,
  WARM_HINTS_MAX,
  type Coordinate,
  type RunnerState,
} from '../src/index.ts'

const STATE: RunnerState = {
  accepting: true,
  slots: 4,
  busy: 1,
  queued: 0,
  priceMs: 2,
  admits: 'anyone',
  tier: 'process',
  labels: ['gpu'],
  grants: ['wasm'],
  warm: hints(7, 8),
}

const PLACE: Coordinate = { at: [1.5, -20, 300, 0], heightMs: 4, error: 0.25 }

function hints(...functions: number[]): Uint8Array {
  return Uint8Array.from(functions.flatMap((fn) => Array.from({ length: WARM_HINT_BYTES }, () => fn)))
}

/** The order of hints means nothing. */
function sorted(warm: Uint8Array = new Uint8Array(0)): number[] {
  return [...warm].toSorted((a, b) => a - b)
}

function because(why: RegExp): unknown {
  return expect.objectContaining({ code: 'bad-message', why: expect.stringMatching(why) as string })
}

/** What is known over there after both words. */
function after(before: RunnerState, now: RunnerState): RunnerState | undefined {
  const bytes = encodeNews({ state: now }, before)
  return bytes.length === 0 ? before : decodeNews(bytes, before).state
}

describe('news', () => {
  test('of nothing known are a whole state; of a known one they are what changed', () => {
    expect(decodeNews(encodeNews({ place: PLACE, state: STATE }, undefined), undefined)).toEqual({
      place: PLACE,
      state: STATE,
    })
    for (const change of [
      { busy: 2 },
      { queued: 900 },
      { priceMs: 12_345 },
      { warm: hints(7, 9, 8) },
      { warm: hints() },
      { accepting: false, tier: 'filtered', admits: 'listed', grants: [], slots: 300 },
      { speed: 1.25, memoryMb: 2048 },
      { busy: 0, queued: 0, priceMs: 0, slots: 0 },
    ] satisfies Partial<RunnerState>[]) {
      const now = { ...STATE, ...change }
      const { warm, ...rest } = after(STATE, now) ?? STATE
      expect({ ...rest, warm: sorted(warm) }).toEqual({ ...now, warm: sorted(now.warm) })
    }
  })

  test('are a few bytes, and none where nothing is new', () => {
    expect(encodeNews({ state: { ...STATE, busy: 2 } }, STATE)).toHaveLength(3)
    expect(encodeNews({ state: { ...STATE, busy: 2, priceMs: 300 } }, STATE)).toHaveLength(5)
    // One that is warm no more, and one that is.
    expect(encodeNews({ state: { ...STATE, warm: hints(9, 8) } }, STATE)).toHaveLength(1 + 2 + 1 + WARM_HINT_BYTES)
    expect(encodeNews({ state: { ...STATE, grants: ['wasm'], warm: hints(8, 7) } }, STATE)).toHaveLength(0)
  })

  test('say what was taken away, too', () => {
    const { labels: _, ...without } = STATE
    expect(after(STATE, without)).toEqual(without)
  })

  test('half of a state, from somebody who never said the other half, and nonsense are refused', () => {
    const half = encodeNews({ state: { ...STATE, busy: 2 } }, STATE)
    expect(() => decodeNews(half, undefined)).toThrow(because(/never said/))
    const whole = encodeNews({ place: PLACE, state: STATE }, undefined)
    expect(() => decodeNews(Uint8Array.of(...whole, 0), undefined)).toThrow(because(/goes on/))
    expect(() => decodeNews(Uint8Array.of(1, 255, 255, 255, 255, 255, 255, 255, 255, 1), STATE)).toThrow(
      because(/above/),
    )
    // More functions warm than any state may name.
    const many = Uint8Array.of(4, 0, WARM_HINTS_MAX - 1, ...new Uint8Array((WARM_HINTS_MAX - 1) * WARM_HINT_BYTES))
    expect(() => decodeNews(many, STATE)).toThrow(because(/warm/))
    for (const nonsense of [[], [0], [32], [255, 0], [8, 0, 4, 77, 0, 0]]) {
      expect(() => decodeNews(Uint8Array.from(nonsense), STATE)).toThrow(/cannot be read/)
    }
  })

  test('that are cut short anywhere, damaged or made up are refused by name or read as a state', () => {
    const whole = encodeNews({ place: PLACE, state: STATE }, undefined)
    for (let at = 0; at < whole.length; at++)
      expect(() => decodeNews(whole.subarray(0, at), undefined)).toThrow(/cannot/)
    const damaged = fc.tuple(fc.nat(), fc.nat(255)).map(([at, byte]) => whole.with(at % whole.length, byte))
    const any = fc.uint8Array({ maxLength: 64 })
    fc.assert(
      fc.property(fc.oneof(damaged, any), fc.constantFrom(undefined, STATE), (bytes, before) => {
        try {
          const { state = STATE } = decodeNews(bytes, before)
          expect(state.warm.length).toBeLessThanOrEqual(WARM_HINTS_MAX * WARM_HINT_BYTES)
          expect(Number.isSafeInteger(state.busy + state.queued + state.slots)).toBe(true)
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'bad-message' })
        }
      }),
      { seed: 6, numRuns: 3000 },
    )
  })

  test('on top of one another, however many, leave both sides of one mind', () => {
    const counts = fc.nat(300)
    const state = fc.record({
      busy: counts,
      queued: counts,
      priceMs: fc.nat(900_000),
      slots: counts,
      accepting: fc.boolean(),
      warm: fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 20 }).map((some) => hints(...some)),
    })
    fc.assert(
      fc.property(fc.array(state, { maxLength: 12 }), (changes) => {
        let known: RunnerState | undefined
        for (const change of changes) {
          const now = { ...STATE, ...change }
          const bytes = encodeNews({ state: now }, known)
          if (bytes.length > 0) known = decodeNews(bytes, known).state
          expect(known).toMatchObject({ busy: now.busy, queued: now.queued, priceMs: now.priceMs, slots: now.slots })
          expect(sorted(known?.warm)).toEqual(sorted(now.warm))
        }
      }),
      { seed: 6, numRuns: 300 },
    )
  })
})

test('a place is 11 bytes to a tenth of a millisecond, and what cannot be one is refused', () => {
  expect(encodePlace(PLACE)).toHaveLength(11)
  expect(decodePlace(encodePlace(PLACE))).toEqual(PLACE)
  expect(decodePlace(encodePlace({ ...PLACE, at: [9999, -9999, 0.04, 0] })).at).toEqual([3276, -3276, 0, 0])
  expect(() => decodePlace(new Uint8Array(3))).toThrow(/cannot be read/)
  expect(() => decodePlace(encodePlace({ ...PLACE, heightMs: -1 }))).toThrow(/cannot be read/)
})

test('worth telling is what a caller would decide otherwise for', () => {
  const loaded = { ...STATE, slots: 8, busy: 3, priceMs: 100 }
  const worth = (change: Partial<RunnerState>): boolean => isWorthTelling(loaded, { ...loaded, ...change })
  expect(isWorthTelling(undefined, loaded)).toBe(true)
  expect(worth({})).toBe(false)
  expect(worth({ busy: 4 })).toBe(false)
  expect(worth({ busy: 5 })).toBe(true)
  expect(worth({ priceMs: 105 })).toBe(false)
  expect(worth({ priceMs: 110 })).toBe(true)
  expect(worth({ accepting: false })).toBe(true)
  expect(worth({ warm: hints(1) })).toBe(false)
  // Slots move with the load, every half a second: what matters is whether one is free.
  expect(worth({ slots: 6 })).toBe(false)
  expect(worth({ slots: 3 })).toBe(true)
  expect(worth({ slots: 6, memoryMb: 100 })).toBe(true)
  // From a free slot to none, and from a free place to none: whatever the number.
  const almost = { ...loaded, busy: 7 }
  expect(isWorthTelling(almost, { ...almost, busy: 8 })).toBe(true)
  expect(isWorthTelling({ ...almost, busy: 8, queued: 1 }, { ...almost, busy: 8, queued: 2 })).toBe(true)
})
