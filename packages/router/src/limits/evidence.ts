/** What is made of broken words, and of what others measured. Each with its unit in the name and its reason above it. */

/** Evidence told at once: who breaks its word is rare, and an honest runner is no news. */
export const EVIDENCE_MAX = 8

/** Calls before which a mean slowness is no evidence: one late answer is chance. */
export const EVIDENCE_CALLS_MIN = 4

/** How many times longer than it said, from which on a runner is worth a word to others. */
export const EVIDENCE_SLOWER_MIN = 1.5

/** The most times longer than it said that one call counts as: beyond it a line broke. */
export const SLOWER_MAX = 100

/** What was seen so long ago is not told any more: a machine may have been mended, and who hears of it halves its weight each minute. */
export const EVIDENCE_AGE_MAX_MS: number = 5 * 60_000

/** A late tick or a garbage collection on either side: below it nothing is said about honesty. */
export const SLOWER_SLACK_MS = 10

/** Witnesses remembered of one peer, and callers whose word is weighed. */
export const WITNESSES_PER_PEER_MAX = 8
export const WITNESSES_MAX = 1024

/** How far a witness is trusted whose word could never be held against own measurements. */
export const WITNESS_TRUST = 0.25

/** How much one comparison moves the trust in a witness. */
export const WITNESS_GAIN: number = 1 / 4

/** How far two callers' measurements of one peer may differ, as a factor, and still agree. */
export const WITNESS_AGREES = 2

/** The trust of witnesses, added up, from which their word counts in full: one known to be right, or four strangers. */
export const WITNESS_QUORUM = 1

/** The most that the word of others adds to a prediction, in ms: no runner is lost by it that is really the best by more. */
export const HEARSAY_MAX_MS = 250

/** Own calls that weigh as much as all that others say. */
export const HEARSAY_CALLS = 4

/** After so long the word of others counts half. */
export const HEARSAY_HALF_LIFE_MS = 60_000
