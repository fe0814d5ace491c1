import { isStreamed, toHitherError, type Clock, type RunMetrics, type Runner, type RunResult } from '@hither/core'
import { price } from '@hither/router'
import { FULL_TOLD_MS, PRICE_LOOK_MS } from '../limits/serving.ts'
import { tightest } from '../runner-state.ts'
import type { Timers } from '../timers.ts'

/** What a runner asks for its congestion, as its calls show it. */
export interface Toll {
  /** Runs a job on it. */
  run: Runner['run']
  priceMs: () => number
}

export interface TollComponents {
  runner: Runner
  timers: Timers
  now: Clock
  /** It was full for long, and is no longer. */
  freed: () => void
}

/** While calls run it looks every so often how many there are: the price moves slowly, and most calls pay nothing for it. */
export function toll({ runner, timers, now, freed }: TollComponents): Toll {
  const asked = price()
  let underWay = 0
  let looking = false
  let fullSince: number | undefined

  const look = (): void => {
    const load = tightest(runner.load())
    // Nobody may have all slots, so who waits may wait while some are free; it would take one more if there were none.
    asked.load({ ...load, busy: Math.min(load.slots, load.busy + load.queued) }, now())
    if (load.busy + load.queued >= load.slots) fullSince ??= now()
    else if (fullSince !== undefined) {
      const lastedMs = now() - fullSince
      fullSince = undefined
      if (lastedMs >= FULL_TOLD_MS) freed()
    }
    looking = underWay > 0
    if (looking) timers.after(PRICE_LOOK_MS, look)
  }
  const ended = (metrics: RunMetrics | undefined): void => {
    underWay -= 1
    if (metrics !== undefined) asked.done(metrics.startMs + metrics.runMs, now())
  }
  const answered = (result: RunResult): void => {
    if (isStreamed(result)) result.metrics.then(ended, () => ended(undefined))
    else ended(result.metrics)
  }
  const failed = (thrown: unknown): void => {
    if (toHitherError(thrown).code === 'busy') asked.refused(now())
    ended(undefined)
  }
  // Looks on: whoever asked has the answer as soon.
  const run: Runner['run'] = (job, options) => {
    const running = runner.run(job, options)
    underWay += 1
    if (!looking) look()
    running.then(answered, failed)
    return running
  }
  return { run, priceMs: () => asked.priceMs(now()) }
}
