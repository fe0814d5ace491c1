import type { RunMetrics, RunnerState } from '@hither/core'
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
  /** What it says of a run. `wayMs`: the round trip of its caller. */
  metrics(runner: number, honest: RunMetrics, wayMs: number): RunMetrics
}

export function makeLiars(seed: number, lie: Lie | undefined, share: number): Liars {
  const has = (runner: number): boolean => lie !== undefined && mix(seed, runner, 0x11a4) / 2 ** 32 < share
  return {
    lie,
    has,
    endless: (runner) => (lie === 'idle' || lie === 'slow') && has(runner),
    state: (runner, honest) =>
      (lie === 'idle' || lie === 'slow') && has(runner) ? { ...honest, busy: 0, queued: 0, priceMs: 0 } : honest,
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
