/** How often, and when, a call is sent again. Each with its unit in the name and its reason above it. */

/** Calls of so long ago count half in budgets. */
export const BUDGET_HALF_LIFE_MS = 10_000

/** Further tries after failures, as a share of calls; and those that anybody may make, however few calls were made. */
export const RETRY_SHARE = 0.1
export const RETRIES_FREE = 10

/** The same for second copies. */
export const HEDGE_SHARE = 0.05
export const HEDGES_FREE = 1

/** Refusals and failures per call from which on there is load, or a fault of many: no second copies then. */
export const HEDGE_REFUSALS_MAX = 0.1
export const HEDGE_FAULTS_MAX = 0.1

/** A second copy goes only to whom it takes at most so many times as long as the best. */
export const HEDGE_WORSE_MAX = 2

/** Runs of a function before its tail is believed. */
export const HEDGE_SAMPLES_MIN = 8

/** When to ask again where nothing says when: an owner's policy and a link's return are a matter of seconds. */
export const RETRY_AFTER_DEFAULT_MS = 1000
