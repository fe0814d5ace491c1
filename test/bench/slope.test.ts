import { expect, test } from 'vitest'
import { floorsOf, growing, type Sample } from '../../bench/soak/slope.ts'

/** The soak must not take garbage that waits for a leak, nor let a leak hide behind it. */

const MINUTES = 14
const LOOKS_PER_MINUTE = 30

/** What looks see over as many minutes as a soak of twenty judges. `at` gives MB by minutes. */
function seen(at: (minutes: number) => number): Sample[] {
  return Array.from({ length: MINUTES * LOOKS_PER_MINUTE }, (_, look) => {
    const minutes = look / LOOKS_PER_MINUTE
    return { atMs: minutes * 60_000, value: at(minutes) + 0.5 * Math.sin(look * 7) }
  })
}

/** Garbage up to so many MB that is collected at times. */
const garbage = (upToMb: number, everyMinutes: number, minutes: number): number =>
  (upToMb * (minutes % everyMinutes)) / everyMinutes

const judged = (at: (minutes: number) => number): boolean => growing(floorsOf(seen(at)))

test('half a megabyte a minute is a leak, whatever garbage lies on it', () => {
  expect(judged((minutes) => 100 + 0.5 * minutes)).toBe(true)
  expect(judged((minutes) => 100 + 0.5 * minutes + garbage(40, 0.25, minutes))).toBe(true)
})

test('a leak in steps is one, too', () => {
  expect(judged((minutes) => 100 + Math.floor(minutes / 2))).toBe(true)
})

test('garbage alone is none', () => {
  expect(judged((minutes) => 100 + garbage(40, 0.25, minutes))).toBe(false)
})

test('nor is what is filled once, and stays', () => {
  expect(judged((minutes) => (minutes < 5 ? 70 : 110))).toBe(false)
  expect(judged((minutes) => 110 - 40 * Math.exp(-minutes))).toBe(false)
})
