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

/**
 * Calls with an idempotency key of which it is remembered where they went, of 0.4 KB each: as many as 64 runners keep outcomes of one
 * caller's (REPLAYS_PER_CALLER_MAX). A repetition of an older one is a call like any other.
 */
export const KEYED_MAX = 4096

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

/** Random bytes of a call's id: a machine makes no two that are the same, and 16 letters can still be typed. */
export const CALL_ID_BYTES = 8
