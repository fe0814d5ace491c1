import { expect, test } from 'vitest'
import { price, type Price } from '../src/index.ts'

const SECOND_MS = 1000

/** Some seconds in which so many of four slots are busy, and so many calls are refused in each. */
function live(it: Price, from: number, seconds: number, busy: number, refusals = 0): number {
  for (let i = 0; i < seconds; i++) {
    const now = from + i * SECOND_MS
    it.load({ slots: 4, busy, queued: 0 }, now)
    for (let n = 0; n < refusals; n++) it.refused(now)
  }
  return from + seconds * SECOND_MS
}

test('a runner with room asks for nothing, however long', () => {
  const it = price()
  expect(it.priceMs(live(it, 0, 600, 2))).toBe(0)
})

test('one that is full asks for more from second to second, and one that refuses besides for more yet', () => {
  const [full, refusing] = [price(), price()]
  const soon = live(full, 0, 2, 4)
  live(refusing, 0, 2, 4, 20)
  const first = full.priceMs(soon)
  expect(first).toBeGreaterThan(0)
  expect(refusing.priceMs(soon)).toBeGreaterThan(first)
  expect(full.priceMs(live(full, soon, 5, 4))).toBeGreaterThan(first)
})

test('the price rises faster where calls hold a slot for longer, by the root of that', () => {
  const [short, long] = [price(), price()]
  for (let i = 0; i < 50; i++) short.done(10, 0)
  for (let i = 0; i < 50; i++) long.done(40, 0)
  const [a, b] = [short.priceMs(live(short, 0, 3, 4)), long.priceMs(live(long, 0, 3, 4))]
  expect(b / a).toBeCloseTo(2, 6)
})

test('where runs are long, a runner may be full more often before it asks for anything', () => {
  const [short, long] = [price(), price()]
  for (let i = 0; i < 50; i++) short.done(20, 0)
  for (let i = 0; i < 50; i++) long.done(500, 0)
  const asks = (it: Price, fullShare: number): number => {
    for (let now = 0; now < 60_000; now += SECOND_MS) {
      it.load({ slots: 4, busy: 4, queued: 0 }, now)
      it.load({ slots: 4, busy: 3, queued: 0 }, now + fullShare * SECOND_MS)
    }
    return it.priceMs(60_000)
  }
  expect(asks(short, 0.85)).toBeGreaterThan(0)
  expect(asks(long, 0.85)).toBe(0)
})

test('it is bounded, falls when the load does, and is gone after a rest', () => {
  const it = price()
  const until = live(it, 0, 3600, 4, 100)
  const highest = it.priceMs(until)
  expect(highest).toBeLessThanOrEqual(2000)
  const later = live(it, until, 5, 1)
  expect(it.priceMs(later)).toBeLessThan(highest)
  const rested = live(it, later, 120, 0)
  expect(it.priceMs(rested)).toBe(0)
  expect(it.priceMs(rested + 1e9)).toBe(0)
})
