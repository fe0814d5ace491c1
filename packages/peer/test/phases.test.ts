import { expect, test } from 'vitest'
import type { CallReport } from '../src/api.ts'
import { answers, fails, network, type Act } from './caller.ts'

/** What is told of a call's time by a clock that goes on by 1 ms whenever it is looked at. */
async function phasesOf(acts: Record<string, Act>): Promise<CallReport['phases']> {
  let ms = 0
  const { ask } = await network(acts, {}, 0, { now: () => ms++, timers: { after: () => () => undefined } })
  return (await (await ask()).report).phases
}

test('time between the steps of a call that was answered at once is no time of tries that came to nothing', async () => {
  const { totalMs, ...parts } = await phasesOf({ near: answers('near') })
  expect(parts.retriesMs).toBe(0)
  expect(parts.routeMs).toBeGreaterThan(0)
  expect(Object.values(parts).reduce((sum, ms) => sum + ms)).toBe(totalMs)
})

test('what was refused before the answer took the time of tries that came to nothing', async () => {
  const { totalMs, ...parts } = await phasesOf({ near: fails('busy'), far: answers('far') })
  expect(parts.retriesMs).toBeGreaterThan(0)
  expect(Object.values(parts).reduce((sum, ms) => sum + ms)).toBe(totalMs)
})
