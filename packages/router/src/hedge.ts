import type { Prediction } from '@hither/core'
import type { Weighed } from './choose.ts'
import { HEDGE_SAMPLES_MIN, HEDGE_WORSE_MAX } from './limits/copies.ts'
import type { Memory } from './memory.ts'
import type { Question } from './obstacle.ts'
import { quantileMs } from './quantile.ts'
import { distanceMs } from './rtt.ts'
import { slownessFactor } from './speed.ts'

/**
 * When a second copy of a call helps: once it has taken longer than nineteen of twenty do there. Undefined where it may not run
 * twice, where nobody else is there, where the function is not known well, and where the budget says that it is no time for that.
 */
export function hedgeAfterMs(
  { record, predicted }: Weighed,
  others: number,
  { budget }: Memory,
  question: Question,
  now: number,
): number | undefined {
  if (question.repeatable !== true || others < 1 || !budget.mayHedge(now)) return undefined
  const { known } = question
  if (known === undefined || known.samples < HEDGE_SAMPLES_MIN) return undefined
  const runMs = quantileMs(known.tail) * slownessFactor(record.slowness, now, record.word?.state.speed)
  // As TCP waits before it sends again: a late way is more usual than a lost call.
  const wayMs = distanceMs(record.rtt) + 4 * (record.rtt?.deviation ?? 0)
  const { queueMs, transferMs, coldMs } = predicted
  return wayMs + queueMs + transferMs + coldMs + runMs
}

/** Whether somebody is good enough for a second copy: it shall be there soon, not burden someone far. */
export function isAsGood(it: Prediction, best: Prediction): boolean {
  return it.totalMs <= HEDGE_WORSE_MAX * best.totalMs
}
