/** A question about a name goes to at most this many peers, the nearest first: one honest answer is enough. */
export const NAME_QUERY_PEERS = 8

/** How long one of them may take beyond its distance: it looks into its memory. */
export const NAME_QUERY_MS = 300

/** A question costs a stream and an answer, so two round trips, and half again for chance. */
export const NAME_QUERY_ROUND_TRIPS = 3

/** The distance of a peer that was not measured yet. */
export const RTT_UNKNOWN_MS = 300

/** After this long a name's record is asked for again, in the background: announcements may have been missed. */
export const NAME_REFRESH_MS = 60_000

/** A record is announced to this many peers at once; from there it spreads. */
export const ANNOUNCE_PEERS = 8

/** A deployer whose neighbours do not keep functions asks no more than this many. */
export const ANNOUNCE_PEERS_MAX = 32

/** How many other peers should hold a function before its deployer may leave. */
export const REPLICAS_WANTED = 2

/** How long one peer may take to accept an announcement, fetching its blocks included. */
export const ANNOUNCE_MS = 60_000

/** Versions of each own name that stay pinned, the present one included: what somebody may want to go back to. */
export const PINNED_VERSIONS = 10

/** Records that a log shows unless told otherwise: a screen, and of a short history all. */
export const LOG_RECORDS = 50

/** And at most: as many as the store keeps of a name. */
export const LOG_RECORDS_MAX = 1000

/** How long a history's missing records may be asked for, one after another: somebody waits at a terminal. */
export const HISTORY_QUERY_MS = 5000

/** Vouchers from callers that are older than the newest record, kept in memory: 1,000 records are 0.3 MB. */
export const VOUCHERS_MAX = 1000

/** Names kept of one publisher, and of all: a record takes some 300 bytes of disk and a kilobyte of memory. */
export const NAMES_PER_PUBLISHER_MAX = 1000
export const NAMES_MAX = 20_000

/** Strangers' names find room only up to so many of all: keys cost nothing, and whom the user trusts or follows must always have some. */
export const NAMES_BESIDE_STRANGERS_MAX = 10_000
