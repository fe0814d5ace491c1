import { expect, test } from 'vitest'
import { floorsOf, growing, MATTERS_MB, type Sample } from '../../bench/soak/slope.ts'

/** The soak must not take garbage that waits for a leak, nor let a leak hide behind it. */

const MINUTES = 14
const LOOKS_PER_MINUTE = 30

/** What looks see over fewer minutes than a soak of twenty judges. `at` gives MB by minutes. */
function seen(at: (minutes: number) => number): Sample[] {
  return Array.from({ length: MINUTES * LOOKS_PER_MINUTE }, (_, look) => {
    const minutes = look / LOOKS_PER_MINUTE
    return { atMs: minutes * 60_000, value: at(minutes) + 0.5 * Math.sin(look * 7) }
  })
}

/** Garbage up to so many MB that is collected at times, the first time after a part of one. */
const garbage = (upToMb: number, everyMinutes: number, minutes: number, phase = 0): number =>
  (upToMb * ((minutes + phase * everyMinutes) % everyMinutes)) / everyMinutes

const judged = (at: (minutes: number) => number): boolean | undefined => growing(floorsOf(seen(at)), MATTERS_MB)

/** The soak's own collector; and V8's in a sandbox process, which takes its time. */
const GARBAGE: [upToMb: number, everyMinutes: number][] = [
  [40, 0.25],
  [10, 2],
]
const PHASES = [0, 0.2, 0.45, 0.7, 0.95]

test('half a megabyte a minute is a leak', () => {
  expect(judged((minutes) => 100 + 0.5 * minutes)).toBe(true)
})

test.each(GARBAGE)('whatever garbage lies on it: %i MB, collected every %d minutes', (upToMb, everyMinutes) => {
  for (const phase of PHASES) {
    expect([phase, judged((at) => 100 + 0.5 * at + garbage(upToMb, everyMinutes, at, phase))]).toEqual([phase, true])
  }
})

test.each(GARBAGE)('garbage alone is none: %i MB, collected every %d minutes', (upToMb, everyMinutes) => {
  for (const phase of PHASES) {
    expect([phase, judged((at) => 100 + garbage(upToMb, everyMinutes, at, phase))]).toEqual([phase, false])
  }
})

test.each(GARBAGE)(
  'a kilobyte a call is one in fifteen minutes: %i MB, collected every %d minutes',
  (upToMb, everyMinutes) => {
    const looks = 0.9 * 15 * LOOKS_PER_MINUTE
    const perMinute = (20 * 60) / 1024
    for (const phase of PHASES) {
      const all = seen((at) => 100 + perMinute * at + garbage(upToMb, everyMinutes, at, phase))
      expect([phase, growing(floorsOf(all.slice(0, looks)), MATTERS_MB)]).toEqual([phase, true])
    }
  },
)

test('a leak in steps is one, too', () => {
  expect(judged((minutes) => 100 + Math.floor(minutes / 2))).toBe(true)
})

test('what is filled once, and stays, is none', () => {
  expect(judged((minutes) => (minutes < 5 ? 70 : 110))).toBe(false)
  expect(judged((minutes) => 110 - 40 * Math.exp(-minutes))).toBe(false)
})

test('a few minutes say nothing', () => {
  const few = seen((minutes) => 100 + minutes).slice(0, 8 * LOOKS_PER_MINUTE)
  expect(growing(floorsOf(few), MATTERS_MB)).toBeUndefined()
})
