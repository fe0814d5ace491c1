/** Bounds of the network: streams. Each with its unit in the name and its reason above it. */

/** Per connection, of all protocols: above the sum of the caps below (181), plus identify. */
export const STREAMS_MAX = 192

/** With 256 KiB a small call waits 2.4 ms behind a large body instead of 200 ms. */
export const STREAM_WINDOW_BYTES: number = 256 * 1024

/**
 * The other end of a call stream is given a new window after so much of the last one. By itself libp2p's yamux gives one for each piece
 * that comes, however small: a message, encrypted and written, for every call and every answer.
 */
export const WINDOW_AGAIN_BYTES: number = STREAM_WINDOW_BYTES / 2

/**
 * A piece of a body on its stream: with all that stands around it one message of noise, and one read at the other end, so that nothing
 * has to be put together there. Half of what both take, so that pieces of 64 KiB make two.
 */
export const BODY_PIECE_BYTES: number = 32 * 1024

/** What is sent of a body before everything else that waits has its turn: encrypting it takes half a millisecond. */
export const BODY_TURN_BYTES: number = 64 * 1024

/** What one stream may hold unread, and unsent. The second is never reached by us, who wait for `drain`. */
export const STREAM_READ_BUFFER_BYTES: number = 1024 * 1024
export const STREAM_WRITE_BUFFER_BYTES: number = 4 * 1024 * 1024

/**
 * What may wait on a connection until its other end reads: of each stream the piece of 64 KiB with which it became full, 12 MiB in all.
 * Libp2p answers by itself to frames of 12 bytes, and as many as come: who sends these and never reads is cut off.
 */
export const CONNECTION_WRITE_BUFFER_BYTES: number = 16 * 1024 * 1024

/** Each caller opens exactly one call stream. */
export const CALL_STREAMS_MAX = 1

/** A function is three blocks; a deploy pushes several functions. Each may hold a block in memory. */
export const BLOCK_STREAMS_MAX = 16

/** Small messages, many at once when a peer joins and asks for all names it uses. */
export const NAME_STREAMS_MAX = 32

/**
 * Calls that came on one connection whose bodies flow on streams of their own at once; others wait for their turn. More than any
 * runner has slots for, so that a few that nobody reads hold up nobody; and all of them unread are 24 MiB, each way.
 */
export const FLOWING_CALLS_MAX = 64

/** Request and answer. Runners open them all, and never more: one that is over for us is over for the other side by our next one. */
export const BODY_STREAMS_MAX: number = 2 * FLOWING_CALLS_MAX

/** Records of secrets are rare, and not small. */
export const SECRETS_STREAMS_MAX = 4

/** What we ourselves open of blocks and names: half, since a stream that we are done with may still be closing over there. */
export const BLOCK_ASKS_MAX = 8
export const NAME_ASKS_MAX = 12
export const ANNOUNCE_ASKS_MAX = 4
export const SECRETS_ASKS_MAX = 2
