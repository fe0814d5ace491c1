/** The bundler's own bounds and fixed values, each with its reason above it. */

/** What a function declares that names no date. Never the day of the build: the same source must give the same CID. */
export const COMPAT_DEFAULT = '2026-11-01'

/** Inputs named when a bundle is too large: what fills it is nearly always one or two packages. */
export const BIGGEST_INPUTS_NAMED = 5

/** A DNS label, which a name is. */
export const NAME_MAX_CHARS = 63

/** Of an fn.json or a package.json, in bytes: a hundred times a long one. What it names may be a device, which has no end. */
export const CONFIG_MAX_BYTES: number = 4 * 1024 * 1024

/** Hosts in `egress`. A function that talks to more than these has no list but a proxy. */
export const EGRESS_MAX_HOSTS = 64

/** How long a folder must be quiet before what changed in it is built, in ms: a file is emptied, and then written. */
export const SETTLE_MS = 5

/** And before it is told that it cannot be built: editors write in several steps, of which the last may mend it. */
export const FAILED_SETTLE_MS = 25
