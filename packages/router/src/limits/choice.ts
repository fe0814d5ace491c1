/** Who is looked at for a decision. Each with its unit in the name and its reason above it. */

/** Nearest peers weighed. In simulation 16 in all cost 1.1 times what an oracle needs, 24 only 3 % less than that. */
export const CANDIDATES_NEAR = 12

/** Peers weighed beyond them, spread by the logarithm of their rank: without them a crowded city never finds the free one. */
export const CANDIDATES_FAR = 12

/** Of the peers that a caller prefers, those that are looked at: as many as anybody names. */
export const CANDIDATES_PREFERRED = 16

/** How far outward the nearest are looked for, past peers that cannot be chosen. */
export const SCAN_NEAR_MAX = 64

/** The same from each of the far ranks. */
export const SCAN_FAR_MAX = 8

/** Peers left out that are explained: more than a person reads. */
export const SKIPPED_MAX = 32

/** How long others' word about a runner counts, in ms: as long as adverts live on the wire. */
export const TOLD_MAX_MS = 120_000

/**
 * Runners whose states are worth hearing often, half of them near, half farther and farther out. In simulation 16 cost 1.1 times
 * what an oracle needs, 24 only 3 % less than that, and their states are most of the control traffic.
 */
export const WANTS_MAX = 24
