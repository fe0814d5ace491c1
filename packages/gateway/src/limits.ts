import { CALL_MAX_MS } from '@hither/core'

/** Every bound of the gateway, with its unit in the name and its reason above it. */

// Connections.

/**
 * Connections at once. Browsers keep six per host, and some 250 in all; load generators a few hundred. One that waits costs some
 * 20 KB. Beyond it the oldest that has nothing running gives way, so that many slow ones keep nobody out.
 */
export const CONNECTIONS_MAX = 1024

/** From a connection, or the end of a request on it, to a complete head: what is slower on loopback does it on purpose. */
export const HEAD_MS = 10_000

/** How long a connection may wait for its next request. Longer than a person needs between two clicks. */
export const IDLE_MS = 30_000

/** From the head to the end of a whole body, which is 256 KiB at most. */
export const WHOLE_BODY_MS = 20_000

/** A whole request. A streamed body lasts as long as its call, which has a deadline; this only catches what that missed. */
export const REQUEST_MS: number = CALL_MAX_MS + 60_000

/** How often connections are held to these times. */
export const CHECK_MS = 1000

/** After so many requests a connection is closed, and what Node keeps for it goes. Setting up another takes 0.1 ms. */
export const REQUESTS_PER_CONNECTION_MAX = 10_000

/** How long the rest of a body is read, and thrown away, that nobody wanted: the client should get to see its answer. */
export const LINGER_MS = 1000

/** How long a client may take to receive what is left to send when its call has ended. */
export const SEND_MS = 30_000

// Requests.

/** Calls at once. A runner has 32 slots per core: who waits for more than these waits for nothing. */
export const CALLS_MAX = 512

/** Header lines. Peers read no more of them. */
export const HEADERS_MAX = 256

/** Path and query. Peers take URLs of 16 KiB, and the host is in front of it there. */
export const TARGET_MAX_CHARS: number = 15 * 1024

/** Peers, or kinds of them, that one call may prefer, avoid or require. */
export const PEERS_NAMED_MAX = 16

// Answers.

/** What clients are told to wait at least and at most: a runner's word is a guess, and could be a jest. */
export const RETRY_AFTER_MIN_S = 1
export const RETRY_AFTER_MAX_S = 60

// Life.

/** How long a stopping gateway lets running calls finish. */
export const GRACE_MS = 30_000

/** Free ports tried until one is free on both loopback addresses. */
export const FREE_PORTS_TRIED_MAX = 10
