import type { Weighed } from './choose.ts'
import type { Hindered } from './candidates.ts'
import type { Memory } from './memory.ts'
import { OUTLIER_MS, OUTLIERS_SHARE } from './limits/lateness.ts'
import { excessLatenessMs } from './lateness.ts'
import { restMs } from './trial.ts'

/**
 * Sets aside whose answers come far later than they should, the worst first, and never more than a share of all: where many
 * seem bad, it is one's own line that is.
 */
export function setAside(
  sorted: readonly Weighed[],
  memory: Memory,
  now: number,
): { kept: readonly Weighed[]; outliers: Hindered[] } {
  // Nearly always there is none, and this is asked at each call.
  if (!sorted.some((weighed) => lateMsOf(weighed, memory, now) >= OUTLIER_MS)) return { kept: sorted, outliers: [] }
  const most = Math.floor(OUTLIERS_SHARE * sorted.length)
  const worst = sorted
    .map((weighed) => ({ weighed, lateMs: lateMsOf(weighed, memory, now) }))
    .filter(({ lateMs }) => lateMs >= OUTLIER_MS)
    .toSorted((a, b) => b.lateMs - a.lateMs)
    .slice(0, most)
  const set = new Set(worst.map(({ weighed }) => weighed))
  return {
    kept: sorted.filter((weighed) => !set.has(weighed)),
    outliers: worst.map(({ weighed: { record }, lateMs }) => ({
      record,
      obstacle: { kind: 'outlier', lateMs, restMs: restMs(record, now) },
    })),
  }
}

function lateMsOf({ record, predicted }: Weighed, memory: Memory, now: number): number {
  return excessLatenessMs(record.late, memory, now) + predicted.penaltyMs
}
