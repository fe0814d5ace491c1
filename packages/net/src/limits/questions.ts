import { BLOCK_MAX_BYTES, RECORD_MAX_BYTES } from '@hither/core'
import { SECRETS_RECORD_MAX_BYTES } from '@hither/core/secrets'

/** Bounds of the network: questions. Each with its unit in the name and its reason above it. */

/** A block of 16 MiB over a 3 Mbit/s line takes 45 s. */
export const BLOCK_MAX_MS = 60_000

/**
 * Until a block's first byte. A holder only reads its disk, but on a line of 3 Mbit/s the first byte may wait 5.6 s behind what
 * else is on its way: eight windows of 256 KiB, of seven other blocks and the calls. The rest is for round trips.
 */
export const BLOCK_FIRST_BYTE_MS = 8_000

/**
 * Blocks in memory that peers have asked for and not read yet, of all links together, beyond which further ones are refused as
 * busy: as many as there may be strangers, each with sixteen streams, for as long as a block may take. Four of the largest.
 */
export const BLOCKS_UNREAD_MAX_BYTES: number = 4 * BLOCK_MAX_BYTES

/** Of these for one peer: one of the largest, so that no few peers keep them from all others. */
export const BLOCKS_UNREAD_PER_PEER_MAX_BYTES: number = BLOCK_MAX_BYTES

/** Of these for all peers at one address (IPv6: one /64), this machine's own excepted: two of the largest, so that more than one of an office gets on. */
export const BLOCKS_UNREAD_PER_PLACE_MAX_BYTES: number = 2 * BLOCK_MAX_BYTES

/** Of these for peers that are known alone: one of the largest, however many strangers there are, and wherever. */
export const BLOCKS_UNREAD_KEPT_BYTES: number = BLOCK_MAX_BYTES

/** How long a question for a block waits for room: half of what whoever asks waits for its first byte. */
export const BLOCK_ROOM_MS: number = BLOCK_FIRST_BYTE_MS / 2

/** Who keeps an announced function fetches its blocks before it answers: about as long as a block may take. */
export const ANNOUNCE_MAX_MS = 60_000

/** A record is kept on disk before the answer. */
export const NAME_MAX_MS = 10_000

/** An answer about names: a record, or an error with its texts and data. */
export const NAME_ANSWER_MAX_BYTES: number = 32 * 1024

/** A question about names: the longest is a record, announced in a map of two fields. */
export const NAME_QUESTION_MAX_BYTES: number = RECORD_MAX_BYTES + 256

/** A record of secrets, in a map of two fields; the answer may be a newer one. */
export const SECRETS_QUESTION_MAX_BYTES: number = SECRETS_RECORD_MAX_BYTES + 256
export const SECRETS_ANSWER_MAX_BYTES: number = SECRETS_RECORD_MAX_BYTES + 256

/** The question for a block: a CID. Anybody may ask on every stream, so what a question may hold here is no more than it needs. */
export const BLOCK_QUESTION_MAX_BYTES = 256

/** Until a kit is here: it waits behind no more than calls do. */
export const KIT_MAX_MS = 8_000

/** Kits that one peer asks another for at once; further ones wait for their turn. Each holds a frame of memory there. */
export const KITS_AT_ONCE_MAX = 8

/** From the opened stream to the whole question, which follows at once: a round trip, and what else is on its way. */
export const QUESTION_MAX_MS = 5_000
