/** For a source map that is at a peer. Whoever waits for an error wants it rather soon than readable. */
export const EXPLAIN_MAX_MS = 2000

/** How long a gateway may take to find a receipt: a file on its disk, and the way there. */
export const RECEIPT_MS = 10_000
