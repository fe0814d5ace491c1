/** How a runner that was late by far is tried again. Each with its unit in the name and its reason above it. */

/** The pause between two calls after the first time: what ails a machine, or the way to it, is often over by then. */
export const TRIAL_FIRST_MS = 10_000

/**
 * By how much each further time makes that longer, and up to how long: who lies gets a call now and then of each caller, and an honest
 * runner that is a little late every fifth time is not shunned for an hour.
 */
export const TRIAL_GROWTH = 4
export const TRIAL_MAX_MS: number = 2 * 60_000

/** A pause below this ends the trial. */
export const TRIAL_LEAST_MS = 1000

/** After so long, pause and times count half: who mended a machine need not wait for days. */
export const TRIAL_HALF_LIFE_MS: number = 5 * 60_000

/** A pause differs from this share of itself to one more, by chance: else all callers come back to a runner together. */
export const TRIAL_SPREAD_MIN = 0.5
