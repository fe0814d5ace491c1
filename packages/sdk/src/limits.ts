/** For a source map that is at a peer. Whoever waits for an error wants it rather soon than readable. */
export const EXPLAIN_MAX_MS = 2000

/** How long a gateway may take to find a receipt: a file on its disk, and the way there. */
export const RECEIPT_MS = 10_000

/** What of an answer over HTTP is taken before anybody reads it: no more than a socket takes, and most answers are shorter. */
export const AHEAD_BYTES: number = 64 * 1024

/** How long after its deadline a peer may tell that a call is late, before it counts as hanging: a busy machine takes its time, and a runner up to a second for its signature. */
export const LATE_PEER_MS = 3_000
