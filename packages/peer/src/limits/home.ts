/**
 * How long a change of a list waits for another one's: that takes milliseconds, on a worn SD card seconds, and longer than this nobody
 * should have to look at a command that says nothing.
 */
export const LOCK_WAIT_MS = 10_000

/** How often it looks: several changes at once follow one another without a pause that anybody sees. */
export const LOCK_RETRY_MS = 20

/**
 * One message on the control socket besides its body, from and to the same user: a list of all names that are kept, NAMES_MAX, takes 5 MB, and
 * 40 where each has the longest message in the widest letters.
 */
export const CONTROL_MESSAGE_BYTES: number = 64 * 1024 * 1024

/**
 * What may be on its way of one stream on the control socket: enough that sender and reader hardly wait for one another, and of
 * a reader that stalls no more is held.
 */
export const CONTROL_WINDOW_BYTES: number = 256 * 1024

/** How long a closing control socket waits for answers that are on their way, and then for clients to read them. */
export const CONTROL_CLOSE_MS = 1000
