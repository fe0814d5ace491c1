import { expect, test } from 'vitest'
import {
  decodeNews,
  decodePlace,
  encodeNews,
  encodePlace,
  stateChange,
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
  warm: new Uint8Array(16).fill(7),
}

const PLACE: Coordinate = { at: [1.5, -20, 300, 0], heightMs: 4, error: 0.25 }

test('news of nothing known are a whole state; of a known one they are what changed', () => {
  expect(decodeNews(encodeNews({ place: PLACE, state: STATE }), undefined)).toEqual({ place: PLACE, state: STATE })
  const now = { ...STATE, busy: 2, warm: new Uint8Array(8) }
  const change = stateChange(STATE, now)
  expect(Object.keys(change ?? {}).toSorted()).toEqual(['busy', 'warm'])
  expect(decodeNews(encodeNews({ state: change ?? {} }), STATE)).toEqual({ state: now })
})

test('a count that changed takes a few bytes, nothing new takes none', () => {
  expect(encodeNews({ state: stateChange(STATE, { ...STATE, busy: 2 }) ?? {} }).length).toBeLessThan(20)
  expect(stateChange(STATE, { ...STATE, grants: ['wasm'], warm: STATE.warm.slice() })).toBeUndefined()
})

test('what was taken away is gone on the other side, too', () => {
  const { labels: _, ...without } = STATE
  const change = stateChange(STATE, without)
  expect(change).toEqual({ labels: null })
  expect(decodeNews(encodeNews({ state: change ?? {} }), STATE)).toEqual({ state: without })
})

test('half a state from somebody who never said the other half is refused, and so is nonsense', () => {
  expect(() => decodeNews(encodeNews({ state: { busy: 1 } }), undefined)).toThrow(/cannot be read/)
  expect(() => decodeNews(encodeNews({ state: { busy: -1 } }), STATE)).toThrow(/cannot be read/)
  expect(() => decodePlace(new Uint8Array(3))).toThrow(/cannot be read/)
  expect(() => decodePlace(encodePlace({ ...PLACE, at: [Number.NaN, 0, 0, 0] }))).toThrow(/cannot be read/)
  expect(() => decodePlace(encodePlace({ ...PLACE, at: [1e9, 0, 0, 0] }))).toThrow(/cannot be read/)
})
