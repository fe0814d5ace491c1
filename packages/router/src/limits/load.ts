/** What a word about load is worth. Each with its unit in the name and its reason above it. */

/** How much one word about being full moves the share of such words: four in a row. */
export const FULL_GAIN: number = 1 / 4

/** From this share of words on, a runner counts as full at any time. */
export const FULL_SHARE = 0.9

/** How long a call holds a slot, where none of the kind was seen to end: a page render with a slow fetch. */
export const HOLD_DEFAULT_MS = 100

/** The shortest time that a call holds a slot: waiting and fading are reckoned with it, and in no time there is neither. */
export const HOLD_MIN_MS = 1

/**
 * What a refusal costs: its own way, the longer one to whoever is asked next, who may refuse as well, and some ms. In simulation this took
 * a quarter off the refusals and a tenth off the median, where one way alone took half as much.
 */
export const REFUSAL_WAYS = 2
export const REFUSAL_COST_MS = 40

/** From so large a share of a runner's slots that calls of one function take, that function is made warm on the next runner. */
export const HOT_SHARE: number = 3 / 4
