import { MEMORY_MIN_MB } from '@hither/core'
import type { RunCaps } from '../rules/rules.ts'

// Rules: the most that an owner can say; more would be no bound.
export const CALLS_CAP_MAX = 100_000
export const CORES_CAP_MAX = 1024
export const FUNCTIONS_CAP_MAX = 100_000
export const WEIGHT_MAX = 1000

/** A function can run in no less. */
export const MEMORY_CAP_MIN_MB: number = MEMORY_MIN_MB
export const MEMORY_CAP_MAX_MB: number = 1024 * 1024

/**
 * What a publisher has whom the owner admits without naming it, where nothing else is said: enough for a site that few look at, and
 * two functions of the usual size at once.
 */
export const STRANGER_CAPS: RunCaps = { calls: 16, memoryMb: 256, cores: 1, functions: 16 }

/** How long a runner may take to show whose machine it is: a question and an answer over the longest way. */
export const OWNER_QUERY_MS = 3000

/** Before a peer that did not answer it is asked again: it was busy, or its line was. */
export const OWNER_AGAIN_MS = 30_000
