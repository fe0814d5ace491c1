/** Every number that shapes a decision, with its unit in the name and its reason above it. */

/** Peers in the book. A peer has some hundred links at most; the rest is memory of those that left. */
export const BOOK_PEERS_MAX = 16_384

/** Functions whose times are remembered, least recently answered forgotten first. Nobody calls more in one hour. */
export const FUNCTIONS_MAX = 1024

/** Refusals and circuits remembered per peer, each: room for every function that one caller uses on one runner. */
export const MEMORIES_PER_PEER_MAX = 64

/** RFC 6298's gains: the mean forgets in about eight samples, the deviation in four. */
export const MEAN_GAIN: number = 1 / 8
export const DEVIATION_GAIN: number = 1 / 4

/** Distance of a peer nobody has measured: farther than most of the Earth, so measured ones go first, yet not out of reach. */
export const RTT_UNKNOWN_MS = 300

/** A laptop changes its network within minutes: after such a gap the next sample counts as the first. */
export const RTT_STALE_MS: number = 5 * 60_000

/** Round trips at the start of which the least counts; a link opens with as many pings. */
export const RTT_OPENING_SAMPLES = 3

/**
 * A round trip below this share of the mean begins a new one. Heartbeats behind a large body or in a short break of the line
 * take seconds; a mean made of those would keep a peer far for minutes, while a Wi-Fi's ups and downs stay above the share.
 */
export const RTT_RELIEF_SHARE: number = 1 / 4

/** How much of its deviation counts as distance: steadiness is worth something, but one late heartbeat not much. */
export const RTT_DEVIATION_SHARE = 0.5

/** How much one word about being full moves the share of such words: four in a row. */
export const FULL_GAIN: number = 1 / 4

/** From this share of words on, a runner counts as full at any time. */
export const FULL_SHARE = 0.9

/** How long a call holds a slot, where none of the kind was seen to end: a page render with a slow fetch. */
export const HOLD_DEFAULT_MS = 100

/** The shortest time that a call holds a slot: waiting and fading are reckoned with it, and in no time there is neither. */
export const HOLD_MIN_MS = 1

/** A run of a function never seen before: the same for all peers, so it only colours the prediction. */
export const SERVICE_DEFAULT_MS = 20

/** An isolate and a small bundle's code, before any cold start of the function was seen. */
export const COLD_DEFAULT_MS = 20

/** A line of 40 Mbit/s, before any bundle of the function was seen fetched; and for bodies. */
export const TRANSFER_BYTES_PER_MS = 5000

/** A mean run moves by this share at the least: service times scatter by factors, and one slow request is not the function. */
export const RUN_GAIN_MIN: number = 1 / 32

/** How many runs the mean of all functions is worth against those of one. */
export const RUN_PRIOR_SAMPLES = 2

/** The run that counts as a tail: past it a second copy is worth its cost. */
export const TAIL_SHARE = 0.95

/** A quantile moves by at least a tenth up, and by nineteen times less down, so it follows a function that changes. */
export const QUANTILE_STEP_MIN = 0.1

/** How much one call says about how often a runner that does not name a function as warm has it cold all the same. */
export const COLD_SHARE_GAIN: number = 1 / 16

/** The longest cold start that is believed: one runner's word must not keep a function from all others. */
export const COLD_MAX_MS = 5000

/** A function that answered this recently is still warm there: runners keep isolates for minutes. */
export const WARM_MEMORY_MS = 60_000

/** Runners that answered a function last, kept as candidates however far they are. */
export const WARM_PEERS_MAX = 8

/** One run more than so many times slower (or faster) than usual is the request's doing, not the machine's. */
export const SPEED_RATIO_MAX = 16

/** Runs that a machine's speed rests on: after so many, newer ones push out older ones. */
export const SLOWNESS_SAMPLES_MAX = 64

/** After so long, a run says half as much about a machine: what slows one down ends within minutes, and only a call can tell. */
export const SLOWNESS_HALF_LIFE_MS = 45_000

/** By how many deviations of its mean a machine must differ from what it says before that is not believed. */
export const SLOWNESS_DOUBT = 2

/** Lateness that says nothing, in ms: on a busy machine with one core either end has something else to do for so long, now and then. */
export const LATE_FREE_MS = 250

/** How much of a new lateness counts. */
export const LATE_GAIN: number = 1 / 4

/** How much of it counts for what is usual: a runner that begins to be late is left long before that is taken for usual. */
export const USUAL_LATE_GAIN: number = 1 / 32

/** After so long, half of what a peer's lateness differs from the usual is left. */
export const LATE_HALF_LIFE_MS = 10_000

/** The most that one answer is late: one that hung for a minute says no more. */
export const LATE_MAX_MS = 30_000

/** How many times its tail a function may take before its runner counts as silent. */
export const SILENCE_TIMES = 2

/** Calls of so long ago count half in budgets. */
export const BUDGET_HALF_LIFE_MS = 10_000

/** Further tries after failures, as a share of calls; and those that anybody may make, however few calls were made. */
export const RETRY_SHARE = 0.1
export const RETRIES_FREE = 10

/** The same for second copies. */
export const HEDGE_SHARE = 0.05
export const HEDGES_FREE = 1

/** Refusals and failures per call from which on there is load, or a fault of many: no second copies then. */
export const HEDGE_REFUSALS_MAX = 0.1
export const HEDGE_FAULTS_MAX = 0.1

/**
 * What a refusal costs: its own way, the longer one to whoever is asked next, who may refuse as well, and some ms. In simulation this took
 * a quarter off the refusals and a tenth off the median, where one way alone took half as much.
 */
export const REFUSAL_WAYS = 2
export const REFUSAL_COST_MS = 40

/** What one failure adds to the share of failures, and one answer takes off it. */
export const FAULT_GAIN: number = 1 / 4

/** After half a minute a failure counts half: long enough to leave a broken peer, short enough to come back. */
export const FAULT_HALF_LIFE_MS = 30_000

/** What a heartbeat takes off the share of failures of a link that broke once: most of it within four. */
export const BEAT_GAIN: number = 1 / 3

/** Round trips closer than this count as one: a link opens with several. */
export const BEAT_MIN_MS = 500

/** How long after a fault one call may try again whom only that fault keeps from being the best. */
export const PROBE_PAUSE_MS = 1000

/** The highest share of failures reckoned with, so that a penalty stays finite. */
export const FAULT_SHARE_MAX = 0.9

/** What a failure costs its caller beyond the time lost: a second try, or an error on a page. */
export const FAULT_COST_MS = 250

/** Failures in a row of one function on one peer that open its circuit: two may be chance. */
export const CIRCUIT_FAILURES = 3

/** The first pause of an open circuit: what crashed has been started again by then. Doubles with each failed probe. */
export const CIRCUIT_FIRST_MS = 1000

/** The longest pause: a peer that was repaired is found again within a minute. */
export const CIRCUIT_MAX_MS = 60_000

/** How long a refusal is remembered: the first in a row, and at most, since each further one doubles it. */
export interface RefusalMemory {
  firstMs: number
  maxMs: number
}

/** A slot frees within a run or two; a second's pause keeps one that always refuses from costing much. */
export const BUSY_MEMORY: RefusalMemory = { firstMs: 10, maxMs: 1000 }

/** An owner's policy changes by the minute, and a newer state tells sooner. */
export const PAUSED_MEMORY: RefusalMemory = { firstMs: 5000, maxMs: 30_000 }

/** Only its owner changes whom a runner admits, and a newer state tells. */
export const NOT_ADMITTED_MEMORY: RefusalMemory = { firstMs: 60_000, maxMs: 60_000 }

/** Blocks of a fresh deploy, and secrets, spread within seconds. */
export const UNKNOWN_FUNCTION_MEMORY: RefusalMemory = { firstMs: 2000, maxMs: 10_000 }

/** A jail does not change while its peer runs, and neither does a manifest. */
export const UNSUPPORTED_MEMORY: RefusalMemory = { firstMs: 10 * 60_000, maxMs: 10 * 60_000 }

/** Refusals in a row count as such only within this time of each other. */
export const REFUSAL_STREAK_MS: number = 5 * 60_000

/** Nearest peers weighed. In simulation 16 in all cost 1.1 times what an oracle needs, 24 only 3 % less than that. */
export const CANDIDATES_NEAR = 12

/** Peers weighed beyond them, spread by the logarithm of their rank: without them a crowded city never finds the free one. */
export const CANDIDATES_FAR = 12

/** Of the peers that a caller prefers, those that are looked at: as many as anybody names. */
export const CANDIDATES_PREFERRED = 16

/** How far outward the nearest are looked for, past peers that cannot be chosen. */
export const SCAN_NEAR_MAX = 64

/** The same from each of the far ranks. */
export const SCAN_FAR_MAX = 8

/** Peers left out that are explained: more than a person reads. */
export const SKIPPED_MAX = 32

/** The error of a mean with gain 1/8, as a share of the deviation: sqrt((1/8) / (2 - 1/8)) of about 1.25 deviations. */
export const MEAN_ERROR_SHARE: number = 1 / 3

/** Predictions of network and queue closer than this are equal for any person, whatever was measured. */
export const NEAR_EQUAL_SHARE = 0.025

/** Vivaldi's gain: how much of what a prediction was off by one sample mends, where one's own place is as uncertain as can be. */
export const COORDINATE_GAIN = 0.25

/** Where nothing is known, a prediction is off by more than itself. */
export const COORDINATE_ERROR_MAX = 1.5

/** The most by which one sample counts as off: half around the Earth, so a liar has no more weight than an honest far peer. */
export const COORDINATE_FORCE_MAX_MS = 200

/** Where gravity pulls by 1 ms a sample: well beyond the Earth, so it ends drift and bends nothing. */
export const COORDINATE_GRAVITY_MS = 500

/** Not even a machine beside this one answers in no time. */
export const HEIGHT_MIN_MS = 0.01

/** Samples that the constant offset is the mean of: Serf's choice, some seconds of heartbeats. */
export const ADJUSTMENT_SAMPLES = 20

/** Round trips of one peer of which the median counts for coordinates: three take out a single late one. */
export const MEDIAN_SAMPLES = 3

/** How long others' word about a runner counts, in ms: as long as adverts live on the wire. */
export const TOLD_MAX_MS = 120_000

/**
 * Runners whose states are worth hearing often, half of them near, half farther and farther out. In simulation 16 cost 1.1 times
 * what an oracle needs, 24 only 3 % less than that, and their states are most of the control traffic.
 */
export const WANTS_MAX = 24

/** Evidence told at once: who breaks its word is rare, and an honest runner is no news. */
export const EVIDENCE_MAX = 8

/** Calls before which a mean slowness is no evidence: one late answer is chance. */
export const EVIDENCE_CALLS_MIN = 4

/** How many times longer than it said, from which on a runner is worth a word to others. */
export const EVIDENCE_SLOWER_MIN = 1.5

/** The most times longer than it said that one call counts as: beyond it a line broke. */
export const SLOWER_MAX = 100

/** A late tick or a garbage collection on either side: below it nothing is said about honesty. */
export const SLOWER_SLACK_MS = 10

/** Places in a runner's queue for each slot: in simulation unbounded queues cost a third more at p99, none at all many refusals. */
export const QUEUE_PER_SLOT: number = 1 / 4

/** How often a price moves: some runs long, so that one call does not move it. */
export const PRICE_STEP_MS = 500

/**
 * The share of time in which all slots may be busy: below it the price falls, and above it too many wait or are refused. So a runner
 * of many slots is used more than one of one slot, which would be busy too often at the same use.
 */
export const PRICE_TARGET = 0.7

/**
 * How fast a price moves for each second that is too busy as a whole, in ms for a hold of 1 ms; it grows with the root of the hold, as
 * in simulation the gain did that neither swings with states 2 s old nor takes minutes to settle: 10 ms at 65 ms, 22 at 350 ms.
 */
export const PRICE_GAIN_MS_PER_S = 1.2

/** What a price loses by itself in a second: where all are busy none climbs without end. */
export const PRICE_LEAK_PER_S = 0.02

/** The highest price, in holds of a slot. */
export const PRICE_HOLDS_MAX = 20

/** Witnesses remembered of one peer, and callers whose word is weighed. */
export const WITNESSES_PER_PEER_MAX = 8
export const WITNESSES_MAX = 1024

/** How far a witness is trusted whose word could never be held against own measurements. */
export const WITNESS_TRUST = 0.25

/** How much one comparison moves the trust in a witness. */
export const WITNESS_GAIN: number = 1 / 4

/** How far two callers' measurements of one peer may differ, as a factor, and still agree. */
export const WITNESS_AGREES = 2

/** The trust of witnesses, added up, from which their word counts in full: one known to be right, or four strangers. */
export const WITNESS_QUORUM = 1

/** The most that the word of others adds to a prediction, in ms: no runner is lost by it that is really the best by more. */
export const HEARSAY_MAX_MS = 250

/** Own calls that weigh as much as all that others say. */
export const HEARSAY_CALLS = 4

/** After so long the word of others counts half. */
export const HEARSAY_HALF_LIFE_MS = 60_000

/** From so much lateness, silence or unreliability on a runner is set aside and not only put last. */
export const OUTLIER_MS = 1000

/** Candidates set aside at the most: where many seem bad, it is more likely one's own line. */
export const OUTLIERS_SHARE = 0.3

/** A second copy goes only to whom it takes at most so many times as long as the best. */
export const HEDGE_WORSE_MAX = 2

/** Runs of a function before its tail is believed. */
export const HEDGE_SAMPLES_MIN = 8

/** When to ask again where nothing says when: an owner's policy and a link's return are a matter of seconds. */
export const RETRY_AFTER_DEFAULT_MS = 1000

/** How much refused work counts beside the share of time in which all is busy, and at most: it is asked of others too. */
export const REFUSED_WEIGHT: number = 1 / 4
export const REFUSED_SHARE_MAX = 0.5

/** From so large a share of a runner's slots that calls of one function take, that function is made warm on the next runner. */
export const HOT_SHARE: number = 3 / 4
