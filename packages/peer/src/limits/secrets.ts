/** Names whose secrets are kept of one publisher, and of all: 40 KB of disk each at most. */
export const SECRET_NAMES_PER_PUBLISHER_MAX = 100
export const SECRET_NAMES_MAX = 1000

/** Of all, those beyond which strangers get no more: keys cost nothing, and the owner's own and those whom the owner names must find room. */
export const SECRET_NAMES_BESIDE_STRANGERS_MAX = 500

/** Of these, as many are held open in memory, for the functions that are called. */
export const SECRETS_OPEN_MAX = 100

/** How long one peer may take to keep a record of secrets: a round trip and a disk. */
export const SECRETS_GIVE_MS = 5000

/** How often a change is decided anew because another machine of the same publisher was faster. */
export const SECRET_MERGES_MAX = 4
