/** Bounds of the network: the heartbeat. Each with its unit in the name and its reason above it. */

/** From when a link in use falls quiet to its next heartbeat, and between heartbeats of one that stays quiet. */
export const BEAT_MS = 1_000

/** Between heartbeats of a link on which we call, however much comes: a word on how far it is that no runner can colour. */
export const MEASURE_MS = 5_000

/**
 * Pings at the start of a link, each sent when the one before is answered. The first round trip holds what both sides do for
 * the first time, and would make a near peer look far.
 */
export const OPENING_PINGS = 3

/**
 * Pings after those, the first after so long, each after twice as long as the one before: both ends are busiest when a link comes up,
 * and what was measured then would count until an idle link's next heartbeat.
 */
export const SETTLING_PINGS = 3
export const SETTLING_MS = 1_000

/**
 * A round trip longer than so many times the last and so many ms is measured again before it counts, up to `OPENING_PINGS` times in
 * all: on a busy machine one in a while takes tens of ms, and a near peer would look far. What is less decides no choice.
 */
export const SURPRISE_TIMES = 2
export const SURPRISE_MS = 5

/** Between heartbeats of an idle link, of whichever side: keeps NATs from forgetting it (the shortest do so after 30 s). */
export const IDLE_BEAT_MS = 15_000

/** Whose turn it was not to ping waits for so much longer: the other side may be late, or measured no round trip yet. */
export const IDLE_TURN_MS = 2_000

/**
 * Idle links ping only at multiples of this of their process's clock, a little sooner than they would: to wake for one takes longer than
 * all that is done for it, and for several no longer than for one.
 */
export const IDLE_STEP_MS = 1_000

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
