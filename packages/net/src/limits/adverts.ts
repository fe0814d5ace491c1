/** Bounds of the network: what peers say of others. Each with its unit in the name and its reason above it. */

/** An advert is of about 200 bytes: a key's id and signature, two addresses, a place and a state. */
export const ADVERT_MAX_BYTES = 1_024
export const ADVERT_ADDRESSES_MAX = 3
export const ADVERT_ADDRESS_MAX_CHARS = 128

/** Told at once; an even number, since half are near and half from all over. */
export const ADVERTS_PER_FRAME = 4

/**
 * Between two questions for adverts, on all links together: what a peer hears does not grow with its network, and is at most
 * 0.3 KB/s while it finds runners that are better than those it has; later it asks more rarely.
 */
export const ADVERTS_ASK_MS = 2_000
export const ADVERTS_ASK_RARELY_MS = 15_000

/** Between two answers, to all links together: at most 2 KB/s, also for a peer that many others ask. */
export const ADVERTS_TELL_MS = 500

/** A runner's own advert is made anew after this long: who hears of it in time to call it gets its newest state with the link. */
export const ADVERT_RENEW_MS = 10_000

/** A runner that said nothing for so long is gone, or as good as gone. */
export const ADVERT_MAX_AGE_MS = 120_000

/** Who heard so lately needs no newer word, and says so when it asks. */
export const ADVERT_FRESH_MS = 30_000

/** Names 150 peers; of the others one in twenty is taken for one of them. */
export const FILTER_BYTES = 128

/** What own calls showed of runners, told with adverts: of the few that others should know of. */
export const EVIDENCE_PER_FRAME = 4

/** Twice what comes in while an advert lasts. */
export const ADVERTS_HELD_MAX = 512

/** Addresses remembered at which nobody was found, of those that others told of. */
export const DEAD_ENDS_MAX = 1_024

/** For a call to a runner that was only heard of: a link is four round trips, and elsewhere may be another runner. */
export const REACH_MAX_MS = 2_000
export const REACHES_AT_ONCE_MAX = 8
