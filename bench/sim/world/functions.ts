import type { Random } from '@hither/core'
import { FUNCTIONS, POPULARITY_POWER, REPEATABLE_SHARE, SERVICE_MAX_MS, SERVICE_MIN_MS } from '../limits.ts'
import { sums } from './cities.ts'

export interface Functions {
  count: number
  /** Mean run at speed 1, in ms. */
  meanMs: Float64Array
  /** Sums of their popularity. */
  popularity: Float64Array
  /** May run twice: 1 or 0. */
  repeatable: Uint8Array
  /** The mean over all calls, in ms at speed 1. */
  workMs: number
}

export function makeFunctions(random: Random): Functions {
  const weights = Array.from({ length: FUNCTIONS }, (_, i) => (i + 1) ** -POPULARITY_POWER)
  const meanMs = Float64Array.from(weights, () => SERVICE_MIN_MS + (SERVICE_MAX_MS - SERVICE_MIN_MS) * random())
  const popularity = sums(weights)
  const all = popularity[FUNCTIONS - 1] ?? 1
  return {
    count: FUNCTIONS,
    meanMs,
    popularity,
    repeatable: Uint8Array.from(weights, () => (random() < REPEATABLE_SHARE ? 1 : 0)),
    workMs: weights.reduce((sum, weight, i) => sum + (weight / all) * (meanMs[i] ?? 0), 0),
  }
}
