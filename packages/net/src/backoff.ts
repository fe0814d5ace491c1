import type { Random } from '@hither/core'
import { REDIAL_MAX_MS, REDIAL_MIN_MS } from './limits/finding.ts'

/** How long to wait after so many failures in a row. By chance shorter, so that a whole network does not redial in step. */
export function redialPause(failures: number, random: Random): number {
  const full = Math.min(REDIAL_MAX_MS, REDIAL_MIN_MS * 2 ** Math.min(failures, 30))
  return full * (1 - random() / 2)
}
