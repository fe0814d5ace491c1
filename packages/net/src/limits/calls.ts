import { WHOLE_BODY_MAX_BYTES } from '@hither/core'
import { STREAM_WINDOW_BYTES } from './streams.ts'

/** Bounds of the network: calls. Each with its unit in the name and its reason above it. */

/** Calls of one link that a runner holds: several times what any runner has slots for, so that its own queue decides. */
export const CALLS_MAX_PER_LINK = 256

/**
 * Whole requests, and answers not taken yet, of one link in memory, beyond which new calls are refused as busy: 64 of the
 * largest. With the answers of all calls that run then it is at most five times as much.
 */
export const LINK_BUFFER_BYTES: number = 64 * WHOLE_BODY_MAX_BYTES

/**
 * Requests of all links in memory, heads and bodies, beyond which further ones are refused as busy: 512 of the largest whole
 * bodies, or 341 streams. Each link has its own bound, but strangers may open many links.
 */
export const REQUESTS_MAX_BYTES: number = 128 * 1024 * 1024

/**
 * Of these for one peer, on all its links, so that none alone keeps out all others: more than two hundred bodies that flow at once, as one app
 * may send.
 */
export const REQUESTS_PER_PEER_MAX_BYTES: number = Math.floor((2 * REQUESTS_MAX_BYTES) / 3)

/** Of these for all peers at one address (IPv6: one /64), this machine's own excepted: as one, since one may be as many as it likes. */
export const REQUESTS_PER_PLACE_MAX_BYTES: number = Math.floor((2 * REQUESTS_MAX_BYTES) / 3)

/** Of these for peers that are known alone: what one link may hold. */
export const REQUESTS_KEPT_BYTES: number = 64 * WHOLE_BODY_MAX_BYTES

/**
 * From a call's head to the end of its request, where that comes in frames. Nobody has been asked yet whether it may run, so what
 * it holds is not held for as long as the call may take. Sixty-four of the largest come in it together at 3 Mbit/s, a slow uplink of homes.
 */
export const REQUEST_WHOLE_MS = 60_000

/**
 * What of one streamed body may be here unread: a window, and half of one when the next is opened. Opened any later, the sender
 * would wait for it.
 */
export const BODY_UNREAD_BYTES: number = 1.5 * STREAM_WINDOW_BYTES

/**
 * After a call's deadline, until a body of it that still flows is cut off. Its runner and its caller end it by themselves at the
 * deadline, and say why; this is for callers that neither read nor leave.
 */
export const FLOW_LATE_MS = 2_000

/**
 * How long a runner may take from an answer to the signature of its receipt, and as long again: it signs every few ms, but behind what
 * else goes out on a slow line. Nobody waits for it but who wants to see the receipt.
 */
export const SEAL_LATE_MS = 10_000

/** Signatures that one runner owes at most, of half a KB each: all that it answers in a second and a half on the fastest machines. */
export const SEALS_OWED_MAX = 32_768

/** From the opened stream to its first frame, which follows at once: a round trip, and what else is on its way. */
export const OPENING_MAX_MS = 5_000

/** From the end of a body to the end of its stream: what was sent last is still on its way, on the slowest lines for long. */
export const BODY_GOODBYE_MAX_MS = 60_000

/**
 * Small frames that wait for a peer to read: above what its 256 calls can have in them at once, of 16 KiB of body and an ordinary
 * head each. A peer that asks and asks and never reads is cut off.
 */
export const SMALL_FRAMES_MAX_BYTES: number = 8 * 1024 * 1024

/**
 * Of these for the bodies of small answers, those that may still come of calls that run included, beyond which new calls are refused as
 * busy: nobody is cut off for answers that it was let call for. The rest is for heads, signatures, kits and refusals.
 */
export const SMALL_ANSWERS_MAX_BYTES: number = (3 * SMALL_FRAMES_MAX_BYTES) / 4

/** Answers to pings that wait for a peer to read them: it has 32 pings under way at most, or it is none of ours. */
export const PONGS_UNREAD_MAX = 1_024

/** A body up to this length goes out in one piece with its head; longer ones take turns, chunk by chunk. */
export const SMALL_BODY_BYTES: number = 16 * 1024

/**
 * Of an answer that comes piece by piece: so much goes in frames of its call. It takes no stream for that, nor the round trip that
 * opens one; events that come now and then may need none at all.
 */
export const FRAMED_BEGINNING_BYTES: number = 16 * 1024

/** Small frames in one write: larger writes save nothing and delay whatever comes next. */
export const WRITE_BYTES: number = 64 * 1024

/** What is copied together with others for one write: to copy more takes longer than to tell the kernel of one piece more. */
export const COPIED_MAX_BYTES: number = 8 * 1024

/** An error's texts, as `readError` of core takes them, and its data, so that a trailer always fits a frame. */
export const ERROR_TEXT_MAX_CHARS = 2_000
export const ERROR_DATA_MAX_BYTES: number = 16 * 1024
