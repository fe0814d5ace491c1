/** The store's own bounds, each with its unit in the name and its reason above it. */

/** A temporary file of this age has no writer any more: 16 MiB take seconds even on a slow SD card. */
export const TEMP_MAX_AGE_MS: number = 10 * 60_000

/**
 * How stale the times on disk may get at which a block was used, or a name confirmed: so what is in use all the time costs
 * one write a minute.
 */
export const TOUCH_EVERY_MS = 60_000

/** Damaged files kept for whoever looks into a failing disk; beyond that the oldest go, so that damage cannot fill it. */
export const QUARANTINE_MAX_FILES = 64

/** Forks kept as evidence, of one name and of all: one convicts its publisher, and who signs forks on purpose must not fill the disk. */
export const FORKS_PER_NAME_MAX = 16
export const FORKS_MAX = 1024

/** Records kept per name: years of daily deploys, and at most 4 MiB of what one publisher can make us hold for a name. */
export const HISTORY_MAX_RECORDS = 1000

/**
 * Records kept of all names, past which the longest histories lose their oldest: a file takes 4 KiB on most disks, so 160 MiB.
 * Twice the names that a peer keeps, so that a history is left to each even then.
 */
export const RECORDS_MAX = 40_000

/**
 * Names that are only heard, and their records' bytes, past which those confirmed longest ago are forgotten. Any page in a browser may
 * ask for names without end; those that use a gateway at a time call some hundreds, and of two thousand each takes a kilobyte of memory.
 */
export const HEARD_MAX_NAMES = 2000
export const HEARD_MAX_BYTES: number = 1024 * 1024

/** Files read at once while opening: far below the usual limit of 1024 open files per process. */
export const FILES_AT_ONCE = 64
