import { expect, test } from 'vitest'
import { REFUSAL_EACH_MS, REFUSAL_HELD_MAX_MS, REFUSALS_FREE, REMEMBERED_MAX } from '../../src/host/limits.ts'
import { Pace } from '../../src/host/pace.ts'
import { systemTimers } from '../../src/host/timers.ts'
import { bench, failure, handler, makeJob, until } from './support.ts'

test('the first refusals of a caller go out at once, and those that follow one after another', () => {
  const now = 1000
  const pace = new Pace(() => now, systemTimers)
  for (let n = 0; n < REFUSALS_FREE; n++) expect(pace.holdMs('a')).toBe(0)
  expect([pace.holdMs('a'), pace.holdMs('a')]).toEqual([REFUSAL_EACH_MS, 2 * REFUSAL_EACH_MS])
  expect(pace.holdMs('b')).toBe(0)
})

test('nobody waits longer for a refusal than for so long, and who pauses is free again', () => {
  let now = 0
  const pace = new Pace(() => now, systemTimers)
  for (let n = 0; n < 10_000; n++) pace.holdMs('a')
  expect(pace.holdMs('a')).toBe(REFUSAL_HELD_MAX_MS)
  now += REFUSAL_HELD_MAX_MS + REFUSALS_FREE * REFUSAL_EACH_MS
  expect(pace.holdMs('a')).toBe(0)
})

test('a caller that is refused as often as an honest one never waits', () => {
  let now = 0
  const pace = new Pace(() => now, systemTimers)
  for (let n = 0; n < 1000; n++) {
    expect(pace.holdMs('a')).toBe(0)
    now += 2 * REFUSAL_EACH_MS
  }
})

test('as many callers are remembered as is said', () => {
  const pace = new Pace(() => 0, systemTimers)
  for (let n = 0; n <= REFUSALS_FREE; n++) pace.holdMs('a')
  for (let n = 0; n < REMEMBERED_MAX; n++) pace.holdMs(`c${n}`)
  expect(pace.holdMs('a')).toBe(0)
})

test('a runner holds back what it refuses to a flood, and not from a caller that gives up', async () => {
  // No time passes by the runner's clock, so that its refusals come in a flood on the slowest machine.
  const { runner } = bench({ slots: 1, queue: 1 }, { now: () => 0 })
  const giveUp = new AbortController()
  const waits = await makeJob(handler(`await new Promise((go) => setTimeout(go, 60_000))`))
  const taken = [failure(runner.run(waits, giveUp))]
  await until(() => runner.load().busy === 1)
  taken.push(failure(runner.run(waits, giveUp)))
  let told = 0
  const refuse = async (): Promise<string> => {
    const { code } = await failure(runner.run(waits, giveUp))
    told += 1
    return code
  }
  const flood = Array.from({ length: REFUSALS_FREE + 100 }, refuse)
  await Promise.all(flood.slice(0, REFUSALS_FREE))
  // Those that follow are held back, each by a timer; none has run out before the first ones, which wait for none, are told.
  expect(told).toBeLessThan(flood.length)
  giveUp.abort()
  expect(new Set(await Promise.all(flood))).toEqual(new Set(['busy']))
  await Promise.all(taken)
})
