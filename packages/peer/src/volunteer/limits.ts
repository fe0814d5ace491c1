/** Bounds of volunteering, each with its unit and its reason. */

/** Between two looks at the machine while calls run or just came: what its owner notices at most of our being late. A look takes some 6 ms of processor time where it asks D-Bus by a command, else 0.5. */
export const BUSY_LOOK_MS = 1000

/** The same while nothing runs: being late costs nobody anything, for before the first call it looks once more, where its owner may be back. */
export const CALM_LOOK_MS = 15_000

/** After the last call, so that a pause between two changes nothing. */
export const BUSY_FOR_MS = 10_000

/** How long a call waits for that look: what is not known by then is no older than CALM_LOOK_MS. */
export const FRESH_MAX_MS = 100

/** A detector that has not answered by then is shown as such, and not asked again until it does. */
export const READ_MAX_MS = 2000

/** Each that hangs may hold one of the four threads that Node reads files with: with this many, none is asked any more. */
export const HUNG_MAX = 2

/** What was read longer ago says nothing about now. */
export const STALE_MS = 60_000

/** One that has worked and no longer does, for so long, is gone: its session has ended. Until then it might see its owner where others do not. */
export const GONE_MS: number = 10 * 60_000

/** One that does not work here is tried again: services start, links change. */
export const RETRY_MS = 60_000

/** Load is measured over at least this long: shorter ones see every window that opens. */
export const LOAD_WINDOW_MS = 3000

/** How long the cause of a pause must be gone before work goes on, where it may come back at any time. */
export const CALM_MS = 10_000

/** A pause by load or memory ends only well below the threshold: our own work would cross it again at once. */
export const LOAD_RESUME_PART = 0.7
export const FREE_RESUME_PART = 1.25

/** A paused runner gives its processes, and their memory, back after this long; before, it goes on at once. */
export const RELEASE_MS = 60_000

/** Calls that may finish are waited for in steps of this. */
export const FINISH_LOOK_MS = 1000

/** What a command that a detector runs may print. */
export const OUTPUT_MAX_BYTES: number = 256 * 1024
