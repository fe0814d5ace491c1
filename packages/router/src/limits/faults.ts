/** What failures cost, and how they heal. Each with its unit in the name and its reason above it. */

/** What one failure adds to the share of failures, and one answer takes off it. */
export const FAULT_GAIN: number = 1 / 4

/** After half a minute a failure counts half: long enough to leave a broken peer, short enough to come back. */
export const FAULT_HALF_LIFE_MS = 30_000

/** What a heartbeat takes off the share of failures of a link that broke once: most of it within four. */
export const BEAT_GAIN: number = 1 / 3

/** Round trips closer than this count as one: a link opens with several. */
export const BEAT_MIN_MS = 500

/** How long after a fault one call may try again whom only that fault keeps from being the best. */
export const PROBE_PAUSE_MS = 1000

/** The highest share of failures reckoned with, so that a penalty stays finite. */
export const FAULT_SHARE_MAX = 0.9

/** What a failure costs its caller beyond the time lost: a second try, or an error on a page. */
export const FAULT_COST_MS = 250

/** Failures in a row of one function on one peer that open its circuit: two may be chance. */
export const CIRCUIT_FAILURES = 3

/** The first pause of an open circuit: what crashed has been started again by then. Doubles with each failed probe. */
export const CIRCUIT_FIRST_MS = 1000

/** The longest pause: a peer that was repaired is found again within a minute. */
export const CIRCUIT_MAX_MS = 60_000
