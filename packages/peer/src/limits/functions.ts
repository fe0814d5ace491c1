/** A missing block is asked of at most this many peers: whoever is nearest mostly has it. */
export const BLOCK_QUERY_PEERS = 8

/** A peer that has said nothing for this long is not waited for alone: the next one is asked as well. */
export const BLOCK_STAGGER_MS = 250

/** A runner that has not found a function's manifest by then says so: its caller has others to try. */
export const MANIFEST_QUERY_MS = 1500

/** How long one peer may take to send a block: 16 MiB over a slow home uplink. */
export const BLOCK_QUERY_MS = 20_000

/** Decoded manifests kept in memory: a few hundred bytes each. */
export const MANIFESTS_MAX = 1000

/** And all of them, in bytes as encoded, of which each takes several: one may have 59 KB. */
export const MANIFESTS_MAX_BYTES: number = 2 * 1024 * 1024

/** Bundles kept in memory, in bytes: some thousands that are short, or ten of usual size. */
export const BUNDLES_KEPT_MAX_BYTES: number = 4 * 1024 * 1024

/** And one of them. A longer one is read again: that takes less than what is then done with it, and many would push out all others. */
export const BUNDLE_KEPT_MAX_BYTES: number = 1024 * 1024

/**
 * A bundle up to here goes along with its manifest to a runner that does not have the function, asked or not: most handlers without a
 * framework are shorter, and it takes less time to send than a question of its own.
 */
export const KIT_BUNDLE_MAX_BYTES: number = 48 * 1024

/** A manifest that was not on this disk is looked for again after so long: another command of the same user may have put it there. */
export const ABSENT_MS = 1_000

/** Disk that blocks may take unless the owner says otherwise. */
export const STORE_CAP_BYTES: number = 1024 * 1024 * 1024

/** Functions whose places are looked up in one stack. A function that calls others answers with theirs in it. */
export const EXPLAINED_FUNCTIONS_MAX = 4
