/** The store's own bounds, each with its unit in the name and its reason above it. */

/** A temporary file of this age has no writer any more: 16 MiB take seconds even on a slow SD card. */
export const TEMP_MAX_AGE_MS: number = 10 * 60_000

/** How stale a block's time of last use on disk may get: so many reads of a warm block cost one write a minute. */
export const TOUCH_EVERY_MS = 60_000

/** Damaged files kept for whoever looks into a failing disk; beyond that the oldest go, so that damage cannot fill it. */
export const QUARANTINE_MAX_FILES = 64

/** Forks kept per name as evidence: one convicts its publisher, and who signs forks on purpose must not fill the disk. */
export const FORKS_MAX_FILES = 16

/** Records kept per name: years of daily deploys, and at most 4 MiB of what one publisher can make us hold for a name. */
export const HISTORY_MAX_RECORDS = 1000

/** Files read at once while opening: far below the usual limit of 1024 open files per process. */
export const FILES_AT_ONCE = 64
