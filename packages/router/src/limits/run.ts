/** How long functions take, and how quick machines are. Each with its unit in the name and its reason above it. */

/** A run of a function never seen before: the same for all peers, so it only colours the prediction. */
export const SERVICE_DEFAULT_MS = 20

/** An isolate and a small bundle's code, before any cold start was seen. */
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

/** The same for what is taken for usual of all functions: one large bundle must not speak for the small. */
export const USUAL_COLD_MAX_MS = 100

/** A function that answered this recently is still warm there: runners keep isolates for minutes. */
export const WARM_MEMORY_MS = 60_000

/** One run more than so many times slower (or faster) than usual is the request's doing, not the machine's. */
export const SPEED_RATIO_MAX = 16

/** Runs that a machine's speed rests on: after so many, newer ones push out older ones. */
export const SLOWNESS_SAMPLES_MAX = 64

/** After so long, a run says half as much about a machine: what slows one down ends within minutes, and only a call can tell. */
export const SLOWNESS_HALF_LIFE_MS = 45_000

/** By how many deviations of its mean a machine must differ from what it says before that is not believed. */
export const SLOWNESS_DOUBT = 2
