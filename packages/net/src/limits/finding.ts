/** Bounds of the network: finding peers. Each with its unit in the name and its reason above it. */

/** Pauses before an address is tried again: doubling, each shortened by up to half by chance. */
export const REDIAL_MIN_MS = 250
export const REDIAL_MAX_MS = 30_000

/** A link that lived this long was good: after it, pauses start small again. */
export const LINK_STABLE_MS = 10_000

/** Failures that a link which worked, however shortly, leaves to count: who starts anew and again is not waited for at length. */
export const WORKED_FAILURES_MAX = 1

/** Addresses that a user named and that are kept: each is dialled twice a minute while nobody answers there. Of more than so many, the one that was named first is let go. */
export const NAMED_MAX = 256

/**
 * And of these, so many of one peer, the newest: more than a machine has that is at home and at a friend's. Who came back at another port
 * each time would else push out all others, and be looked for at all its old ones whenever it is away.
 */
export const NAMED_PER_PEER_MAX = 4

/** Peers found, by mDNS or by adverts, that are dialled at once, kept in all, and remembered: where they are, and that they failed. */
export const FOUND_DIALS_AT_ONCE = 4
export const FOUND_LINKS_MAX = 64
export const FOUND_REMEMBERED_MAX = 256

/**
 * Tries to reach a peer again whose link broke, with pauses as above, half a minute in all: mDNS shows peers anew only every ten
 * seconds or later, and a line that was cut off for a moment is to be used again at once.
 */
export const LOST_TRIES_MAX = 8
