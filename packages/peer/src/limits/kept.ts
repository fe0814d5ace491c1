/** One of the two files that keep receipts: some 12,000, of 0.7 KB each. */
export const RECEIPTS_FILE_MAX_BYTES: number = 8 * 1024 * 1024

/** From the end of one of these files, where the newest calls are, so much is read: twice what the longest has when it is replaced, and room for what was written last. */
export const KEPT_READ_MAX_BYTES: number = 16 * 1024 * 1024

/** How long what is kept of calls waits to be written together: a flood of calls must not become one of disk writes. */
export const KEPT_FLUSH_MS = 1000

/** How many of them are put into words at a time, of some 20 µs each: in between, calls go on. As many as share a signature, so that none waits for the next. */
export const KEPT_AT_ONCE = 32

/**
 * Receipts made within so long of one another share a signature, which takes 60 µs or more of the runner's processor: as much as all else
 * that an answer takes. Callers have the answer by then, and nobody but who wants to show its receipt waits for it.
 */
export const SEAL_MS = 10

/** From one signature to the next, unless SEAL_WANTED receipts wait before: where calls come one by one, each ms, one in fifty pays for a signature. */
export const SEAL_PAUSE_MS = 50

/** Receipts that share a signature so well that more would only make their paths longer. */
export const SEAL_WANTED = 32

/** How long a write waits for what is not known yet, and a peer that stops for the signatures of its last calls: as SEAL_PAUSE_MS, and the way from a far runner. */
export const KEPT_LATE_MS = 500

/**
 * How long a call's report waits for the signature of its receipt, once its answer has ended: a hundred times what an honest runner takes
 * on a fast line, and no longer than a command may seem to hang.
 */
export const SEAL_AWAITED_MS = 1000

/** How many receipts are written together at most. */
export const RECEIPTS_PER_FLUSH_MAX = 256

/**
 * Where they come so fast that they would be more by the end of KEPT_FLUSH_MS, they wait no longer than this: what stays, the garbage collector of a busy peer, which comes round every 200 ms or so, moves each
 * time.
 */
export const RECEIPTS_FULL_MS = 250

/** One of the two files that keep how calls went: some 1,500, of 2 to 3 KB each. */
export const STORIES_FILE_MAX_BYTES: number = 4 * 1024 * 1024

/** How many of these are written together at most: each takes a tenth of a ms to put into words. */
export const STORIES_PER_FLUSH_MAX = 100

/** Of one call: its steps, and of each decision the candidates and those that were left out. */
export const STORY_STEPS_MAX = 48
export const STORY_CANDIDATES_MAX = 8

/** Of the reasons of a failure: a line for each of some ten runners. */
export const STORY_WHY_MAX_CHARS = 2000
