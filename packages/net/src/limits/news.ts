/** Bounds of the network: what peers say of themselves. Each with its unit in the name and its reason above it. */

/** A place that moved by less than this, in ms, is not told anew: no choice between runners turns on it. */
export const PLACE_MOVED_MS = 1

/** The same for how sure of it its peer is. */
export const PLACE_SURER = 0.2

/** Between two words about one's place on one link; but whoever was moved so far, in ms, says so at once. */
export const PLACE_TOLD_MS = 30_000
export const PLACE_JUMPED_MS = 20

/** Between two words on one link about which functions are warm: the longest part of what a runner says. */
export const WARM_TOLD_MS = 30_000

/** Who called anybody so lately listens, and who said so lately that it does is told what is new; all others hear it with their pings. */
export const LISTENS_MS = 60_000

/** Between two such words on one link: what was said two seconds ago is as good for choosing as what is said now. */
export const CRY_MS = 2_000

/** All such words of a peer together: 150 that listen hear each word of 14 bytes in its time, 600 a fourth as often. */
export const CRIED_BYTES_PER_S = 1_000
