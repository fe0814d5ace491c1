import { halved } from './estimate.ts'
import {
  BUDGET_HALF_LIFE_MS,
  HEDGE_FAULTS_MAX,
  HEDGE_REFUSALS_MAX,
  HEDGE_SHARE,
  HEDGES_FREE,
  RETRIES_FREE,
  RETRY_SHARE,
} from './limits/copies.ts'

/** What one's own calls came to of late, each count half as much after a half-life. */
interface Tally {
  calls: number
  retries: number
  hedges: number
  refusals: number
  failures: number
  /** Calls that broken links took with them: to send those elsewhere is not to be paid for. */
  freed: number
}

/** Counts calls, so that what is sent beside them stays a share of them. */
export interface Budget {
  count(what: keyof Tally, now: number, times?: number): void
  /** A further try after a failure that was not a broken link's: else a fault of all runners would multiply every call. */
  mayRetry(now: number): boolean
  /** A second copy: against a single slow runner, never under load and never where much fails. */
  mayHedge(now: number): boolean
}

export function budget(): Budget {
  const tally: Tally = { calls: 0, retries: 0, hedges: 0, refusals: 0, failures: 0, freed: 0 }
  let at = 0
  /** What a count of `at` is worth now. */
  const left = (now: number): number => halved(now - at, BUDGET_HALF_LIFE_MS)

  return {
    count(what, now, times = 1) {
      const share = left(now)
      for (const key of KEYS) tally[key] *= share
      if (what === 'retries' && tally.freed >= 1) tally.freed -= 1
      else tally[what] += times
      at = now
    },
    mayRetry(now) {
      const share = left(now)
      return tally.freed * share >= 1 || tally.retries * share < RETRIES_FREE + RETRY_SHARE * tally.calls * share
    },
    mayHedge(now) {
      const calls = tally.calls * left(now)
      const within = tally.hedges * left(now) < Math.max(HEDGES_FREE, HEDGE_SHARE * calls)
      const calm =
        tally.refusals <= HEDGE_REFUSALS_MAX * tally.calls && tally.failures <= HEDGE_FAULTS_MAX * tally.calls
      return within && calm
    },
  }
}

const KEYS = ['calls', 'retries', 'hedges', 'refusals', 'failures', 'freed'] as const
