import type { RunMetrics, RunnerState } from '@hither/core'
import { CHECKED_SHARE, WRONG_SHARE } from '../limits.ts'
import { mix } from '../random.ts'

/** `idle`, `near`, `fast`: it says so and is not; `slow`: it accepts all and takes long; `wrong`: some of its answers are. */
export const LIES = ['idle', 'near', 'fast', 'slow', 'wrong'] as const
export type Lie = (typeof LIES)[number]

/** How many times longer a slow one takes than it says. */
const SLOW_FACTOR = 5

/** What a fast one says of the time a run took, and a near one of the way to it. */
const CLAIMED_SHARE = 0.25

export interface Liars {
  lie: Lie | undefined
  has(runner: number): boolean
  /** Never refuses, whatever waits. */
  endless(runner: number): boolean
  /** What it says of itself. */
  state(runner: number, honest: RunnerState): RunnerState
  /** Whether its answer to a call was wrong, and whether somebody could see that. */
  answer(runner: number, call: number): { wrong: boolean; checked: boolean }
  /** What it says of a run. `wayMs`: the round trip of its caller. */
  metrics(runner: number, honest: RunMetrics, wayMs: number): RunMetrics
}

/** What each says of itself in place of what is so. */
function pretend(lie: Lie | undefined, honest: RunnerState): RunnerState {
  if (lie === 'idle' || lie === 'slow') return { ...honest, busy: 0, queued: 0, priceMs: 0 }
  return lie === 'fast' ? { ...honest, speed: (honest.speed ?? 1) / CLAIMED_SHARE } : honest
}

export function makeLiars(seed: number, lie: Lie | undefined, share: number): Liars {
  const has = (runner: number): boolean => lie !== undefined && mix(seed, runner, 0x11a4) / 2 ** 32 < share
  return {
    lie,
    has,
    endless: (runner) => (lie === 'idle' || lie === 'slow') && has(runner),
    state: (runner, honest) => (has(runner) ? pretend(lie, honest) : honest),
    answer: (runner, call) => ({
      wrong: lie === 'wrong' && has(runner) && mix(seed, call, 0x3a) / 2 ** 32 < WRONG_SHARE,
      checked: mix(seed, call, 0x3b) / 2 ** 32 < CHECKED_SHARE,
    }),
    metrics(runner, honest, wayMs) {
      if (!has(runner)) return honest
      switch (lie) {
        // Who says it was idle has no queue to tell of.
        case 'idle':
          return { ...honest, queueMs: 0 }
        // What the way took is put down to the run, so that the rest looks short.
        case 'near':
          return { ...honest, queueMs: honest.queueMs + (1 - CLAIMED_SHARE) * wayMs }
        case 'fast':
          return { ...honest, runMs: CLAIMED_SHARE * honest.runMs, cpuMs: CLAIMED_SHARE * honest.cpuMs }
        case 'slow':
          return { ...honest, queueMs: 0, runMs: honest.runMs / SLOW_FACTOR, cpuMs: honest.cpuMs / SLOW_FACTOR }
        default:
          return honest
      }
    },
  }
}
