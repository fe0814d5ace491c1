import type { Hindered } from './candidates.ts'
import { RETRY_AFTER_DEFAULT_MS } from './limits/copies.ts'
import { usualHoldMs } from './load.ts'
import type { Memory } from './memory.ts'
import type { Obstacle } from './obstacle.ts'
import type { PeerRecord } from './peer-record.ts'

/** When asking again may help where nobody can be chosen now, in ms; undefined where time alone changes nothing. */
export function retryAfterMs(hindered: readonly Hindered[], memory: Memory): number | undefined {
  const times = hindered.flatMap(({ record, obstacle }) => passesAfterMs(record, obstacle, memory) ?? [])
  return times.length === 0 ? undefined : Math.min(...times)
}

function passesAfterMs(record: PeerRecord, obstacle: Obstacle, { typicalMs }: Memory): number | undefined {
  switch (obstacle.kind) {
    case 'refused':
      return obstacle.nextTryMs
    case 'circuit':
      return obstacle.nextTryMs || RETRY_AFTER_DEFAULT_MS
    case 'full':
      return usualHoldMs(record, typicalMs) / Math.max(1, obstacle.slots)
    case 'not-accepting':
    case 'no-slots':
    case 'no-link':
    case 'down':
    case 'outlier':
      return RETRY_AFTER_DEFAULT_MS
    default:
      return undefined
  }
}
