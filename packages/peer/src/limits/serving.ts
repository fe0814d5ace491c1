/** How often a runner with calls looks at its load, for its price: ten times in each of the price's steps. */
export const PRICE_LOOK_MS = 50

/** How long after a runner was asked it looks what is warm, to say it the next time: other peers hear of it later still, and who called it knows. */
export const WARM_LOOK_MS = 100

/** A runner that was full for so long has lost its callers, who no longer ask: they are told when it is not. Shorter spells they have seen end. */
export const FULL_TOLD_MS = 1_000

/** Publishers, and callers, of whom it is remembered what the owner's rules say: more than call a runner within a minute. */
export const VERDICTS_MAX = 1000

/** Outcomes kept of calls with an idempotency key, and for how long: a client that retries does it within minutes. */
export const REPLAYS_PER_CALLER_MAX = 64
export const REPLAY_CALLERS_MAX = 512
export const REPLAY_MS: number = 5 * 60_000
export const REPLAY_BODY_BYTES: number = 16 * 1024

/**
 * Runs that go on for one caller that gave up its calls with an idempotency key. Each holds its request, of 256 KiB at most, and the link counts
 * it no more: who gives up so many would fill every line of a runner with what nobody waits for.
 */
export const LEFT_RUNS_PER_CALLER_MAX = 32

/** How long a stopping peer lets running calls finish. */
export const DRAIN_MS = 30_000

/** What a stopping peer gives its last answers to arrive, even when running them took all the time there was. */
export const DELIVER_MS = 2000
