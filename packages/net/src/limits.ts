import { RECORD_MAX_BYTES, WHOLE_BODY_MAX_BYTES } from '@hither/core'
import { SECRETS_RECORD_MAX_BYTES } from '@hither/core/secrets'

/** Every bound of the network, with its unit in the name and its reason above it. libp2p's own defaults multiply to terabytes. */

// Connections.

/** Home and office networks have tens of peers; each connection costs about 0.3 MB. */
export const CONNECTIONS_MAX = 200

/** Of these from one address (IPv6: one /64), so that no single stranger takes all places: an office behind a NAT fits. */
export const CONNECTIONS_FROM_ADDRESS_MAX = 50

/** The same for this machine, whose gateways, proxies and tests share one address, and where strangers are rare. */
export const CONNECTIONS_FROM_LOOPBACK_MAX = 160

/** Strangers' sockets that have not finished the handshake. libp2p's 10 let ten silent sockets lock everyone out. */
export const CONNECTIONS_PENDING_MAX = 256

/** New connections a second from one address. High, since a LAN behind a NAT and every peer on loopback share one. */
export const CONNECTIONS_PER_ADDRESS_PER_S = 100

/** A handshake is three round trips; who needs longer holds a place that others want. */
export const UPGRADE_MAX_MS = 3_000

/** Choosing a stream's protocol is one round trip. */
export const NEGOTIATION_MAX_MS = 2_000

/** One attempt to connect, name lookup included. */
export const DIAL_MAX_MS = 5_000
export const DIALS_AT_ONCE_MAX = 32
export const DIALS_WAITING_MAX = 200

/** From the connection to the open call stream: identify and one negotiation. */
export const LINK_UP_MAX_MS = 5_000

/** How long a goodbye may take before the socket is simply cut. */
export const GOODBYE_MAX_MS = 500

// Streams.

/** Per connection, of all protocols: above the sum of the caps below (181), plus identify. */
export const STREAMS_MAX = 192

/** With 256 KiB a small call waits 2.4 ms behind a large body instead of 200 ms. */
export const STREAM_WINDOW_BYTES: number = 256 * 1024

/**
 * The other end of a call stream is given a new window after so much of the last one. By itself libp2p's yamux gives one for each piece
 * that comes, however small: a message, encrypted and written, for every call and every answer.
 */
export const WINDOW_AGAIN_BYTES: number = STREAM_WINDOW_BYTES / 2

/** What one stream may hold unread, and unsent. The second is never reached by us, who wait for `drain`. */
export const STREAM_READ_BUFFER_BYTES: number = 1024 * 1024
export const STREAM_WRITE_BUFFER_BYTES: number = 4 * 1024 * 1024

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

// Calls.

/** Calls of one link that a runner holds: several times what any runner has slots for, so that its own queue decides. */
export const CALLS_MAX_PER_LINK = 256

/**
 * Whole requests, and answers not taken yet, of one link in memory, beyond which new calls are refused as busy: 64 of the
 * largest. With the answers of all calls that run then it is at most five times as much.
 */
export const LINK_BUFFER_BYTES: number = 64 * WHOLE_BODY_MAX_BYTES

/**
 * Bodies of requests of all links in memory, beyond which further ones are refused as busy: 512 of the largest whole ones, or
 * 341 streams. Each link has its own bound, but strangers may open many links.
 */
export const REQUESTS_MAX_BYTES: number = 128 * 1024 * 1024

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

/** From the opened stream to its first frame, which follows at once: a round trip, and what else is on its way. */
export const OPENING_MAX_MS = 5_000

/** From the end of a body to the end of its stream: what was sent last is still on its way, on the slowest lines for long. */
export const BODY_GOODBYE_MAX_MS = 60_000

/**
 * Small frames that wait for a peer to read: above what its 256 calls can have in them at once, of 16 KiB of body and an ordinary
 * head each. A peer that asks and asks and never reads is cut off.
 */
export const SMALL_FRAMES_MAX_BYTES: number = 8 * 1024 * 1024

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

/** An error's texts, as `readError` of core takes them, and its data, so that a trailer always fits a frame. */
export const ERROR_TEXT_MAX_CHARS = 2_000
export const ERROR_DATA_MAX_BYTES: number = 16 * 1024

// Heartbeat.

/** From when a link in use falls quiet to its next heartbeat, and between heartbeats of one that stays quiet. */
export const BEAT_MS = 1_000

/** Between heartbeats of a link on which we call, however much comes: a word on how far it is that no runner can colour. */
export const MEASURE_MS = 5_000

/**
 * Pings at the start of a link, each sent when the one before is answered. The first round trip holds what both sides do for
 * the first time, and would make a near peer look far.
 */
export const OPENING_PINGS = 3

/** Between heartbeats of an idle link, of whichever side: keeps NATs from forgetting it (the shortest do so after 30 s). */
export const IDLE_BEAT_MS = 15_000

/** Whose turn it was not to ping waits for so much longer: the other side may be late, or measured no round trip yet. */
export const IDLE_TURN_MS = 2_000

/** A link counts as in use this long after its last call: as long as it takes to notice that its other end is gone. */
export const IN_USE_MS = 3_000

/** Silence after which a link in use is dead: two beats may be lost, and it is still under three seconds in all. */
export const SILENCE_MS = 2_500

/** The same for an idle link: one beat and time for its answer. */
export const IDLE_SILENCE_MS = 22_500

/** A timer this late says that our own process slept or was busy: silence before it says nothing about the peer. */
export const LATE_MS = 500

/** A peer that sends other things but leaves this many pings unanswered is broken: half a minute to three of use. */
export const PINGS_UNANSWERED_MAX = 32

// What peers say of themselves.

/** A place that moved by less than this, in ms, is not told anew: no choice between runners turns on it. */
export const PLACE_MOVED_MS = 1

/** The same for how sure of it its peer is. */
export const PLACE_SURER = 0.2

/** Between two words about one's place on one link; but whoever was moved so far, in ms, says so at once. */
export const PLACE_TOLD_MS = 30_000
export const PLACE_JUMPED_MS = 20

/** Between two words on one link about which functions are warm: the longest part of what a runner says. */
export const WARM_TOLD_MS = 30_000

/** Who called anybody so lately listens, and who said so lately that it does is told what is new; all others hear it with their pings. */
export const LISTENS_MS = 60_000

/** Between two such words on one link: what was said two seconds ago is as good for choosing as what is said now. */
export const CRY_MS = 2_000

/** All such words of a peer together: 150 that listen hear each word of 14 bytes in its time, 600 a fourth as often. */
export const CRIED_BYTES_PER_S = 1_000

// What peers say of others.

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

// Finding peers.

/** Pauses before an address is tried again: doubling, each shortened by up to half by chance. */
export const REDIAL_MIN_MS = 250
export const REDIAL_MAX_MS = 30_000

/** A link that lived this long was good: after it, pauses start small again. */
export const LINK_STABLE_MS = 10_000

/** Failures that a link which worked, however shortly, leaves to count: who starts anew and again is not waited for at length. */
export const WORKED_FAILURES_MAX = 1

/** Peers found, by mDNS or by adverts, that are dialled at once, kept in all, and remembered: where they are, and that they failed. */
export const FOUND_DIALS_AT_ONCE = 4
export const FOUND_LINKS_MAX = 64
export const FOUND_REMEMBERED_MAX = 256

/**
 * Tries to reach a peer again whose link broke, with pauses as above, half a minute in all: mDNS shows peers anew only every ten
 * seconds or later, and a line that was cut off for a moment is to be used again at once.
 */
export const LOST_TRIES_MAX = 8

// Questions.

/** A block of 16 MiB over a 3 Mbit/s line takes 45 s. */
export const BLOCK_MAX_MS = 60_000

/**
 * Until a block's first byte. A holder only reads its disk, but on a line of 3 Mbit/s the first byte may wait 5.6 s behind what
 * else is on its way: eight windows of 256 KiB, of seven other blocks and the calls. The rest is for round trips.
 */
export const BLOCK_FIRST_BYTE_MS = 8_000

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

/** From the opened stream to the whole question, which follows at once: a round trip, and what else is on its way. */
export const QUESTION_MAX_MS = 5_000
