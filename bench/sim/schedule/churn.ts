import { AWAY_MS, CLOSES_SHARE } from '../limits.ts'
import { exponential, generator } from '../random.ts'
import type { Happening } from './schedule.ts'

/** Runners leave and come back by chance, a share of them a minute. Unsorted. */
export function churn(seed: number, runners: number, sharePerMinute: number, untilMs: number): Happening[] {
  if (sharePerMinute === 0) return []
  const all: Happening[] = []
  for (let runner = 0; runner < runners; runner++) {
    const random = generator(seed ^ 0xc4a2, runner)
    for (let atMs = 0; ;) {
      atMs += (60_000 / sharePerMinute) * exponential(random)
      if (atMs >= untilMs) break
      all.push({ atMs, type: 'down', runner, closes: random() < CLOSES_SHARE })
      atMs += AWAY_MS * exponential(random)
      all.push({ atMs, type: 'up', runner })
    }
  }
  return all
}
