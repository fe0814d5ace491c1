import { setTimeout as pause } from 'node:timers/promises'
import { wholeShare, type HitherError, type Job, type Profile, type Runner } from '@hither/core'
import { expect, test } from 'vitest'
import { answer, hostileJob, inBothProfiles, jail } from './support/jail.ts'
import { figure } from './support/report.ts'

/** Calls that the flooder has under way, as many as one link allows and half as many again. */
const FLOOD = 384

/** Calls answered until two floods are compared. */
const SHARED_CALLS = 60

const RETRY_SPREAD_MS = 200

/** Rounds of the modest caller, each a stretch without the flood and one with it, so that both see the same machine. */
const ROUNDS = 8
const CALLS_PER_STRETCH = 25

const taking = (ms: number): string =>
  `export default () => { const end = performance.now() + ${ms}; while (performance.now() < end); return new Response('done') }`
const LIGHT = taking(1)
const BURNS = taking(60)
/** Burns also where it gets a third of a core: what takes less processor time is taken for light, and waits for no core. */
const BURNS_LONG = taking(120)

/**
 * Calls of the flood that may end while one of the modest caller is under way: those that were running, one sent ahead to each of
 * two processes, and what a second process ends meanwhile. In the order of arrival it would be all that wait, eighty.
 */
const PASSED_BY_MAX = 8

interface Flood {
  ended: number
  refused: number
  stop(): Promise<void>
}

/** Keeps so many calls under way, whatever becomes of each; calls `onEnd` after each that was answered. */
function flood(runner: Runner, job: Job, onEnd = (): void => {}): Flood {
  const state = { ended: 0, refused: 0, stopped: false }
  const keepCalling = async (_: unknown, n: number): Promise<void> => {
    while (!state.stopped) {
      try {
        await answer(runner, job)
        state.ended += 1
        onEnd()
      } catch (error) {
        const { code, data } = error as HitherError
        if (code !== 'busy') throw error
        state.refused += 1
        // Spread, as what comes over links is: all at once they would keep this very process busy, in which is measured too.
        await pause(Number(data?.['retryAfterMs']) + (n * RETRY_SPREAD_MS) / FLOOD)
      }
    }
  }
  const callers = Array.from({ length: FLOOD }).map(keepCalling)
  return Object.assign(state, {
    stop: async () => {
      state.stopped = true
      await Promise.all(callers)
    },
  })
}

interface Measured {
  ms: number[]
  /** Calls of the flood that ended while one of these was under way. */
  passed: number[]
}

async function callSteadily(runner: Runner, job: Job, into: Measured, other: { ended: number }): Promise<void> {
  for (let n = 0; n < CALLS_PER_STRETCH; n += 1) {
    const [at, before] = [performance.now(), other.ended]
    await answer(runner, job)
    into.ms.push(performance.now() - at)
    into.passed.push(other.ended - before)
  }
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0
}

function spread(values: readonly number[]): string {
  return [0.5, 0.99].map((part) => quantile(values, part).toFixed(1)).join('/')
}

function ratio(values: readonly number[], usual: readonly number[]): string {
  return (quantile(values, 0.99) / quantile(usual, 0.99)).toFixed(1)
}

interface Case {
  what: string
  floods: string
  cordon: string
}

const CASES: Case[] = [
  { what: 'light calls of the same function', floods: LIGHT, cordon: 'modest' },
  { what: 'light calls of another publisher', floods: LIGHT, cordon: 'flooding' },
  { what: 'calls of the same publisher that burn', floods: BURNS, cordon: 'modest' },
  { what: 'calls of another publisher that burn', floods: BURNS, cordon: 'flooding' },
]

inBothProfiles((profile: Profile) => {
  test.each(CASES)('a flood of $what delays a modest caller by little', async ({ what, floods, cordon }) => {
    const runner = await jail()
    const modest = await hostileJob(LIGHT, { profile, cordon: 'modest', caller: 'modest' })
    const flooding = await hostileJob(floods, { profile, cordon, caller: 'flooder' })
    await answer(runner, modest)
    await answer(runner, flooding)
    const quiet: Measured = { ms: [], passed: [] }
    const flooded: Measured = { ms: [], passed: [] }
    let refused = 0
    for (let round = 0; round < ROUNDS; round += 1) {
      await callSteadily(runner, modest, quiet, { ended: 0 })
      const running = flood(runner, flooding)
      await callSteadily(runner, modest, flooded, running)
      refused += running.refused
      await running.stop()
    }
    // Who floods was refused, and the modest caller never: that would have been thrown.
    expect(flooded.ms).toHaveLength(ROUNDS * CALLS_PER_STRETCH)
    expect(refused).toBeGreaterThan(0)
    expect(quantile(flooded.passed, 0.5)).toBeLessThanOrEqual(PASSED_BY_MAX)
    figure(
      'FLOOD',
      `${what}, ${profile}: p50/p99 without and with it; passed by (p50/most)`,
      `${spread(quiet.ms)} and ${spread(flooded.ms)} ms, p99 ${ratio(flooded.ms, quiet.ms)} times; ` +
        `${quantile(flooded.passed, 0.5)}/${Math.max(...flooded.passed)}`,
    )
  })

  test('two publishers that flood with calls that burn get the processor by their weights', async () => {
    const runner = await jail({ cores: 1 })
    const jobs = await Promise.all(
      [1, 3].map((weight) =>
        hostileJob(BURNS_LONG, {
          profile,
          cordon: `weight ${weight}`,
          share: () => ({ ...wholeShare(`weight ${weight}`), weight }),
        }),
      ),
    )
    // Known to burn, so that all that follows waits for the core.
    for (const job of jobs) await answer(runner, job)
    const enough = Promise.withResolvers<void>()
    const floods: Flood[] = []
    const count = (): void => {
      if (floods.reduce((sum, { ended }) => sum + ended, 0) >= SHARED_CALLS) enough.resolve()
    }
    floods.push(...jobs.map((job) => flood(runner, job, count)))
    await enough.promise
    const [once = 0, thrice = 0] = floods.map(({ ended }) => ended)
    await Promise.all(floods.map((one) => one.stop()))
    figure('FLOOD', `two publishers that burn, weights 1 and 3, ${profile}: calls answered`, `${once} and ${thrice}`)
    // Fifteen and forty-five, but for those at the edges and what single calls take by chance.
    expect(once).toBeGreaterThan(SHARED_CALLS / 8)
    expect(thrice).toBeGreaterThan(2 * once)
  })
})
