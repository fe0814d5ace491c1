/** A change of a list takes milliseconds: a lock this old was left by a process that died. */
export const LOCK_STALE_MS = 2000
export const LOCK_RETRY_MS = 20

/** One message on the control socket besides its body: a report of 10,000 names still fits. */
export const CONTROL_MESSAGE_BYTES: number = 4 * 1024 * 1024

/**
 * What may be on its way of one stream on the control socket: enough that sender and reader hardly wait for one another, and of
 * a reader that stalls no more is held.
 */
export const CONTROL_WINDOW_BYTES: number = 256 * 1024

/** How long a closing control socket waits for answers that are on their way, and then for clients to read them. */
export const CONTROL_CLOSE_MS = 1000
