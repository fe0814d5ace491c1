/** How often a runner with calls looks at its load, for its price: ten times in each of the price's steps. */
export const PRICE_LOOK_MS = 50

/** How long after a runner was asked it looks what is warm, to say it the next time: other peers hear of it later still, and who called it knows. */
export const WARM_LOOK_MS = 100

/** A runner that was full for so long has lost its callers, who no longer ask: they are told when it is not. Shorter spells they have seen end. */
export const FULL_TOLD_MS = 1_000

/** Publishers, and callers, of whom it is remembered what the owner's rules say: more than call a runner within a minute. */
export const VERDICTS_MAX = 1000

/** How long, in ms, outcomes are kept of calls with an idempotency key: a client that retries does it within minutes. */
export const REPLAY_MS: number = 5 * 60_000

/** Of larger answers only the fact is kept that there was one, in bytes. */
export const REPLAY_BODY_BYTES: number = 16 * 1024

/** Of one caller, their number and bytes: a client has no more calls open at a time that it may have to repeat, and few with such bodies. */
export const REPLAYS_PER_CALLER_MAX = 64
export const REPLAYS_PER_CALLER_MAX_BYTES: number = 1024 * 1024

/** Of one caller's older ones only the fact is kept: so many, and what each is counted for, in bytes, beside its key. */
export const REPLAY_FACTS_PER_CALLER_MAX = 4096
export const REPLAY_FACT_BYTES = 256

/** Of all callers, in bytes: thousands of usual outcomes, and little beside the processes of the runner. */
export const REPLAYS_MAX_BYTES: number = 32 * 1024 * 1024

/** What each is counted for, in bytes, beside its texts and its body: the objects of an answer with its receipt and seal, and those of a header. */
export const REPLAY_LEAST_BYTES: number = 2 * 1024
export const REPLAY_FIELD_BYTES = 128

/**
 * Runs that go on for one caller that gave up its calls with an idempotency key. Each holds its request, of 256 KiB at most, and the link counts
 * it no more: who gives up so many would fill every line of a runner with what nobody waits for, so that further ones are ended.
 */
export const LEFT_RUNS_PER_CALLER_MAX = 32

/** How long a stopping peer lets running calls finish. */
export const DRAIN_MS = 30_000

/** What a stopping peer gives its last answers to arrive, even when running them took all the time there was. */
export const DELIVER_MS = 2000

/** How long after a fault of this machine was written to the log, in ms, one of the same kind is written again: each call may run into it. */
export const FAULT_AGAIN_MS = 60_000
