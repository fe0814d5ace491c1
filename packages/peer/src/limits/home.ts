/**
 * How long a change of a list waits for another one's: that takes milliseconds, on a worn SD card seconds, and longer than this nobody
 * should have to look at a command that says nothing.
 */
export const LOCK_WAIT_MS = 10_000

/** How often it looks: several changes at once follow one another without a pause that anybody sees. */
export const LOCK_RETRY_MS = 20

/** A file of the user's, such as the rules of whom to run for: 100 bytes for each of 40,000 publishers, twice as many as there may be names here. */
export const JSON_FILE_MAX_BYTES: number = 4 * 1024 * 1024

/** One message on the control socket besides its body. */
export const CONTROL_MESSAGE_BYTES: number = 4 * 1024 * 1024

/** Entries of a list in one of them: the longest, of a name with 500 characters of message, has some 2 KiB, and names there may be 20,000. */
export const CONTROL_LIST_PART = 1000

/**
 * What may be on its way of one stream on the control socket: enough that sender and reader hardly wait for one another, and of
 * a reader that stalls no more is held.
 */
export const CONTROL_WINDOW_BYTES: number = 256 * 1024

/** How long a closing control socket waits for answers that are on their way, and then for clients to read them. */
export const CONTROL_CLOSE_MS = 1000
