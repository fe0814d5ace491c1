/** When an answer is late, and a runner set aside. Each with its unit in the name and its reason above it. */

/** Lateness that says nothing, in ms: on a busy machine with one core either end has something else to do for so long, now and then. */
export const LATE_FREE_MS = 250

/** How much of a new lateness counts. */
export const LATE_GAIN: number = 1 / 4

/** How much of it counts for what is usual: a runner that begins to be late is left long before that is taken for usual. */
export const USUAL_LATE_GAIN: number = 1 / 32

/** After so long, half of what a peer's lateness differs from the usual is left. */
export const LATE_HALF_LIFE_MS = 10_000

/** How many usual holds a call may wait, where its runner says so, and not count as late by far: queues are short. */
export const QUEUE_HOLDS_MAX = 2

/** The most that one answer is late: one that hung for a minute says no more. */
export const LATE_MAX_MS = 30_000

/** How many times its tail a function may take before its runner counts as silent. */
export const SILENCE_TIMES = 2

/** From so much lateness, silence or unreliability on a runner is set aside and not only put last. */
export const OUTLIER_MS = 1000

/** Candidates set aside at the most: where many seem bad, it is more likely one's own line. */
export const OUTLIERS_SHARE = 0.3
