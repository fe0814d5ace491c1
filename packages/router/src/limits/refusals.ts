/** How long a no is remembered. Each with its unit in the name and its reason above it. */

/** How long a refusal is remembered: the first in a row, and at most, since each further one doubles it. */
export interface RefusalMemory {
  firstMs: number
  maxMs: number
}

/** A slot frees within a run or two; a second's pause keeps one that always refuses from costing much. */
export const BUSY_MEMORY: RefusalMemory = { firstMs: 10, maxMs: 1000 }

/** An owner's policy changes by the minute, and a newer state tells sooner. */
export const PAUSED_MEMORY: RefusalMemory = { firstMs: 5000, maxMs: 30_000 }

/** Who is refused asks the runner's owner, who admits the publisher: a state tells only of a runner that admits anyone now. */
export const NOT_ADMITTED_MEMORY: RefusalMemory = { firstMs: 2000, maxMs: 60_000 }

/** Blocks of a fresh deploy spread within seconds. */
export const UNKNOWN_FUNCTION_MEMORY: RefusalMemory = { firstMs: 2000, maxMs: 10_000 }

/** Who is refused gives the secret, which reaches the runner before that command ends, and calls again. */
export const SECRET_MISSING_MEMORY: RefusalMemory = { firstMs: 500, maxMs: 10_000 }

/** A jail does not change while its peer runs, and neither does a manifest; but an owner may lend a publisher more memory. */
export const UNSUPPORTED_MEMORY: RefusalMemory = { firstMs: 5000, maxMs: 10 * 60_000 }

/** Refusals in a row count as such only within this time of each other. */
export const REFUSAL_STREAK_MS: number = 5 * 60_000
