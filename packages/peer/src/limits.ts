import { MEMORY_MIN_MB } from '@hither/core'
import type { RunCaps } from './rules/rules.ts'

/**
 * How long after going online calls and deploys wait for a useful peer: mDNS takes 22–200 ms, a dial with noise 10–150 and four
 * round trips. Together with the start of a command, a call that nobody takes is over within two seconds.
 */
export const FIND_PEERS_MS = 1200

/**
 * How much longer where somebody has answered a dial and the link is on its way: a handshake with the other side of the world, or
 * with a machine that has much else to do. Where nobody answers, nobody waits for it.
 */
export const LINK_RISES_MS = 5000

/** How often they look whether it still is: that it came to nothing is no event. */
export const LINK_RISES_LOOK_MS = 100

/** How long after a link was lost they wait for it to come back: a laptop that wakes redials within a quarter of a second. */
export const LINK_BACK_MS = 1000

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

/** A missing block is asked of at most this many peers: whoever is nearest mostly has it. */
export const BLOCK_QUERY_PEERS = 8

/** A peer that has said nothing for this long is not waited for alone: the next one is asked as well. */
export const BLOCK_STAGGER_MS = 250

/** A runner that has not found a function's manifest by then says so: its caller has others to try. */
export const MANIFEST_QUERY_MS = 1500

/** How long one peer may take to send a block: 16 MiB over a slow home uplink. */
export const BLOCK_QUERY_MS = 20_000

/** Decoded manifests kept in memory: a few hundred bytes each. */
export const MANIFESTS_MAX = 1000

/** And all of them, in bytes as encoded, of which each takes several: one may have 59 KB. */
export const MANIFESTS_MAX_BYTES: number = 2 * 1024 * 1024

/** Bundles kept in memory, in bytes: some thousands that are short, or ten of usual size. */
export const BUNDLES_KEPT_MAX_BYTES: number = 4 * 1024 * 1024

/** And one of them. A longer one is read again: that takes less than what is then done with it, and many would push out all others. */
export const BUNDLE_KEPT_MAX_BYTES: number = 1024 * 1024

/**
 * A bundle up to here goes along with its manifest to a runner that does not have the function, asked or not: most handlers without a
 * framework are shorter, and it takes less time to send than a question of its own.
 */
export const KIT_BUNDLE_MAX_BYTES: number = 48 * 1024

/** A manifest that was not on this disk is looked for again after so long: another command of the same user may have put it there. */
export const ABSENT_MS = 1_000

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

/**
 * How old what this machine's own runner says of itself may be for a call, in ms: the way to a near one and back. To ask takes as long as
 * the rest of a decision, and what was sent since is counted anyway.
 */
export const OWN_LOOK_MS = 5

/**
 * How long a call waits for a place where everybody who could run it is full and its caller said nothing: bursts are over by then, and
 * whoever learns that nobody is free still does so within two seconds.
 */
export const WAIT_DEFAULT_MS = 1000

/** How soon a full runner is asked again, whatever it says, at the earliest and at the latest. */
export const ASK_AGAIN_MIN_MS = 20
export const ASK_AGAIN_MAX_MS = 1000

/** How much sooner or later, as a share: callers that were refused together must not come again together. */
export const ASK_AGAIN_JITTER = 0.25

/** Calls of one peer that wait at once: each holds its request. */
export const WAITING_MAX = 1024

/** Attempts of one call, between two waits. Each costs a round trip at least; whoever needs more has another problem. */
export const ATTEMPTS_MAX = 8

/** The beginning of a streamed request that is kept for another runner: twice what one that refuses can have read of it. */
export const REQUEST_KEPT_BYTES: number = 512 * 1024

/** Calls whose bodies together are larger do not count as a measurement of distance: ten packets fit TCP's first window. */
export const RTT_SAMPLE_MAX_BYTES: number = 14 * 1024

/** A call that seems to have been on the way for less than this share of a heartbeat's round trip was not measured rightly. */
export const RTT_SAMPLE_MIN_SHARE = 0.5

/** How far two machines' clocks may drift apart during one call, and how coarse they are: what a runner says beyond that is untrue. */
export const CLOCK_DRIFT_SHARE = 0.1
export const CLOCK_SLACK_MS = 5

/** How often a process that waits for answers looks whether it is there to hear them. */
export const PRESENCE_LOOK_MS = 100

/** A look that is so late says that it was not: with the time between two looks, what the router lets pass of an answer's lateness. */
export const AWAY_MS = 150

/** How often a runner with calls looks at its load, for its price: ten times in each of the price's steps. */
export const PRICE_LOOK_MS = 50

/** How long after a runner was asked it looks what is warm, to say it the next time: other peers hear of it later still, and who called it knows. */
export const WARM_LOOK_MS = 100

/** A runner that was full for so long has lost its callers, who no longer ask: they are told when it is not. Shorter spells they have seen end. */
export const FULL_TOLD_MS = 1_000

/** Publishers, and callers, of whom it is remembered what the owner's rules say: more than call a runner within a minute. */
export const VERDICTS_MAX = 1000

/** Vouchers from callers that are older than the newest record, kept in memory: 1,000 records are 0.3 MB. */
export const VOUCHERS_MAX = 1000

/** Names kept of one publisher, and of all: a record takes some 300 bytes of disk and a kilobyte of memory. */
export const NAMES_PER_PUBLISHER_MAX = 1000
export const NAMES_MAX = 20_000

/** Names whose secrets are kept of one publisher, and of all: 40 KB of disk each at most. */
export const SECRET_NAMES_PER_PUBLISHER_MAX = 100
export const SECRET_NAMES_MAX = 1000

/** Of these, as many are held open in memory, for the functions that are called. */
export const SECRETS_OPEN_MAX = 100

/** How long one peer may take to keep a record of secrets: a round trip and a disk. */
export const SECRETS_GIVE_MS = 5000

/** How often a change is decided anew because another machine of the same publisher was faster. */
export const SECRET_MERGES_MAX = 4

/** Outcomes kept of calls with an idempotency key, and for how long: a client that retries does it within minutes. */
export const REPLAYS_PER_CALLER_MAX = 64
export const REPLAY_CALLERS_MAX = 512
export const REPLAY_MS: number = 5 * 60_000
export const REPLAY_BODY_BYTES: number = 16 * 1024

/** How long a stopping peer lets running calls finish. */
export const DRAIN_MS = 30_000

/** A change of a list takes milliseconds: a lock this old was left by a process that died. */
export const LOCK_STALE_MS = 2000
export const LOCK_RETRY_MS = 20

/** What a stopping peer gives its last answers to arrive, even when running them took all the time there was. */
export const DELIVER_MS = 2000

/** Disk that blocks may take unless the owner says otherwise. */
export const STORE_CAP_BYTES: number = 1024 * 1024 * 1024

/** One message on the control socket besides its body: a report of 10,000 names still fits. */
export const CONTROL_MESSAGE_BYTES: number = 4 * 1024 * 1024

/**
 * What may be on its way of one stream on the control socket: enough that sender and reader hardly wait for one another, and of
 * a reader that stalls no more is held.
 */
export const CONTROL_WINDOW_BYTES: number = 256 * 1024

/** How long a closing control socket waits for answers that are on their way. */
export const CONTROL_CLOSE_MS = 1000

/** Random bytes of a call's id: a machine makes no two that are the same, and 16 letters can still be typed. */
export const CALL_ID_BYTES = 8

/** One of the two files that keep receipts: some 12,000, of 0.7 KB each. */
export const RECEIPTS_FILE_MAX_BYTES: number = 8 * 1024 * 1024

/** How long what is kept of calls waits to be written together: a flood of calls must not become one of disk writes. */
export const KEPT_FLUSH_MS = 1000

/** How many of them are put into words at a time, of some 20 µs each: in between, calls go on. */
export const KEPT_AT_ONCE = 50

/**
 * Receipts made within so long of one another share a signature, which takes 60 µs or more of the runner's processor: as much as all else
 * that an answer takes. Callers have the answer by then, and nobody but who wants to show its receipt waits for it.
 */
export const SEAL_MS = 10

/** From one signature to the next, unless SEAL_WANTED receipts wait before: where calls come one by one, each ms, one in fifty pays for a signature. */
export const SEAL_PAUSE_MS = 50

/** Receipts that share a signature so well that more would only make their paths longer. */
export const SEAL_WANTED = 32

/** How long a write waits for what is not known yet, and a peer that stops for the signatures of its last calls: as SEAL_PAUSE_MS, and the way from a far runner. */
export const KEPT_LATE_MS = 500

/**
 * How long a call's report waits for the signature of its receipt, once its answer has ended: a hundred times what an honest runner takes
 * on a fast line, and no longer than a command may seem to hang.
 */
export const SEAL_AWAITED_MS = 1000

/** How many receipts are written together at most. */
export const RECEIPTS_PER_FLUSH_MAX = 1000

/** One of the two files that keep how calls went: some 1,500, of 2 to 3 KB each. */
export const STORIES_FILE_MAX_BYTES: number = 4 * 1024 * 1024

/** How many of these are written together at most: each takes a tenth of a ms to put into words. */
export const STORIES_PER_FLUSH_MAX = 100

/** Of one call: its steps, and of each decision the candidates and those that were left out. */
export const STORY_STEPS_MAX = 48
export const STORY_CANDIDATES_MAX = 8

// Rules: the most that an owner can say; more would be no bound.
export const CALLS_CAP_MAX = 100_000
export const CORES_CAP_MAX = 1024
export const FUNCTIONS_CAP_MAX = 100_000
export const WEIGHT_MAX = 1000

/** A function can run in no less. */
export const MEMORY_CAP_MIN_MB: number = MEMORY_MIN_MB
export const MEMORY_CAP_MAX_MB: number = 1024 * 1024

/**
 * What a publisher has whom the owner admits without naming it, where nothing else is said: enough for a site that few look at, and
 * two functions of the usual size at once.
 */
export const STRANGER_CAPS: RunCaps = { calls: 16, memoryMb: 256, cores: 1, functions: 16 }

/** Functions whose places are looked up in one stack. A function that calls others answers with theirs in it. */
export const EXPLAINED_FUNCTIONS_MAX = 4

/** How long a runner may take to show whose machine it is: a question and an answer over the longest way. */
export const OWNER_QUERY_MS = 3000

/** Before a peer that did not answer it is asked again: it was busy, or its line was. */
export const OWNER_AGAIN_MS = 30_000
