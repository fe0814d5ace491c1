/** How much is remembered. Each with its unit in the name and its reason above it. */

/** Peers in the book. A peer has some hundred links at most; the rest is memory of those that left. */
export const BOOK_PEERS_MAX = 16_384

/** Functions whose times are remembered, least recently answered forgotten first. Nobody calls more in one hour. */
export const FUNCTIONS_MAX = 1024

/** Refusals and circuits remembered per peer, each: room for every function that one caller uses on one runner. */
export const MEMORIES_PER_PEER_MAX = 64

/** Runners that answered a function last, kept as candidates however far they are. */
export const WARM_PEERS_MAX = 8
