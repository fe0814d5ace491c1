import { BACKGROUND_MAX_MS } from '../../guest/wall/limits.ts'

/** Bounds of functions' own requests, each with its unit and its reason. */

/** Requests of one call, redirects included. Workers allow 50 or, for money, 1000. */
export const FETCHES_PER_CALL_MAX = 256

/** Requests of all calls in one process at once. Each holds a socket and, at worst, a window of either body. */
export const FETCHES_PER_PROCESS_MAX = 128

/** Of the whole machine: each socket is one of some thousand descriptors that it has. */
export const FETCHES_PER_RUNNER_MAX = 512

/** Calls of one process that go on after their answer and may still ask. As many as one isolate has. */
export const LINGERING_MAX = 256

/** How long a call that goes on is waited for, in ms. Its process ends it by then, and may be late. */
export const LINGER_MS: number = BACKGROUND_MAX_MS + 5000

/** Until a host has an address, in ms: a resolver that did not answer twice will not. */
export const RESOLVE_MAX_MS = 5000

/** Until it is connected, with TLS, in ms. The call's own deadline bounds all the rest. */
export const CONNECT_MAX_MS = 10_000

/** Addresses of one host that are looked at and tried. */
export const ADDRESSES_MAX = 32

/** A host name, in characters: more than any can have (RFC 1035). */
export const HOST_MAX_CHARS = 255

/** Why a request failed, in characters, as its process is told: what it asked for may stand in it. */
export const REASON_MAX_CHARS = 1000

/** A URL, in characters; servers take 8 KiB. */
export const URL_MAX_CHARS: number = 16 * 1024

/** How long this machine's own addresses are believed, in ms. They change when it moves to another network. */
export const OWN_ADDRESSES_MS = 2000

/**
 * Responses of the kind 1xx to one request, before the one that counts: servers send one or two. No window holds them back and no budget
 * counts them, and each takes the thread that all calls share.
 */
export const INTERIM_MAX = 16
