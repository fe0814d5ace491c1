/** How a runner prices its congestion. Each with its unit in the name and its reason above it. */

/** How often a price moves: some runs long, so that one call does not move it. */
export const PRICE_STEP_MS = 500

/**
 * The share of time in which all slots may be busy, at least and at most: below it the price falls, and above it too many wait or are
 * refused. So a runner of many slots is used more than one of one slot, which would be busy too often at the same use.
 */
export const PRICE_TARGET_MIN = 0.7
export const PRICE_TARGET_MAX = 0.95

/**
 * What being refused costs a caller, in ms of hold: a way, or somewhat more. The less that is beside a run, the less it matters to be
 * refused by a quick machine, and the more that a slow one runs it. In simulation with holds of 350 ms, 0.95 in place of 0.7 took 3 % off
 * the slowest calls and added as much at p50.
 */
export const PRICE_REFUSAL_MS = 17.5

/**
 * How fast a price moves for each second that is too busy as a whole, in ms for a hold of 1 ms; it grows with the root of the hold, as
 * in simulation the gain did that neither swings with states 2 s old nor takes minutes to settle: 10 ms at 65 ms, 22 at 350 ms.
 */
export const PRICE_GAIN_MS_PER_S = 1.2

/** What a price loses by itself in a second: where all are busy none climbs without end. */
export const PRICE_LEAK_PER_S = 0.02

/** The highest price, in holds of a slot. */
export const PRICE_HOLDS_MAX = 20

/** How much refused work counts beside the share of time in which all is busy, and at most: it is asked of others too. */
export const REFUSED_WEIGHT: number = 1 / 4
export const REFUSED_SHARE_MAX = 0.5
