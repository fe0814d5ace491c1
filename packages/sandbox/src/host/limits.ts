/** The parent's bounds, each with its unit and its reason. What both ends of the pipe hold to is in `ipc/limits.ts`. */

import { LOG_SECOND_MAX_BYTES, LOG_SECOND_MAX_LINES } from '../ipc/limits.ts'

const MB: number = 1024 * 1024

/** Calls at once per core lent: most wait for something most of the time; what burns is bounded by the cores anyway. */
export const SLOTS_PER_CORE = 32

/**
 * How much work may wait for a core all the time before fewer calls are taken, in ms of its time: about the way to the next runner and
 * back. Less would leave a core idle between short calls.
 */
export const BACKLOG_MS = 25

/** How often the number of calls at once moves: a burst that is over within this is no reason. */
export const SLOTS_STEP_MS = 500

/** By what part of itself it falls after a step in which too much waited, and grows at most after another: from 32 to 4 in 4 s. */
export const SLOTS_MOVE: number = 1 / 4

/** The fewest: for each core a call that runs and one that is ready when it ends, and what nobody may have alone (`TAKEN_BY_ONE`). */
export const SLOTS_LEAST_PER_CORE = 2
export const SLOTS_LEAST_BESIDE = 2

/** After so long without an answer nobody knows what the next calls wait for. */
export const SLOTS_REST_MS = 10_000

/** The part of what is there that one may take: a publisher of the runner's slots and processes, a caller of its publisher's slots. */
export const TAKEN_BY_ONE = 0.875

/** Of the processes, those that only a group without any may still start. */
export const PROCESSES_LEFT: number = 1 / 8

/** What a call costs its publisher and caller at least, in ms of processor time: the parent works for it too. */
export const CALL_COST_MS = 0.5

/** What a process may take that none of its calls does, in ms of processor time: it boots an isolate ahead, and loads a usual bundle. */
export const UNCHARGED_MS = 250

/** Those that had a turn and want none now are remembered, while others wait, up to so many: then they count as new again. */
export const REMEMBERED_MAX = 1024

/** Calls that may wait where there are few slots. */
export const QUEUE_MIN = 4

/** Calls that may wait before one that has nobody else to go to is refused: each holds its request, and the last of so many waits for long. */
export const PATIENT_MAX = 1024

/** The part of its time that a call waits for a slot at most; the rest is for another runner. Who holds the slots, and for how long, nobody knows. */
export const QUEUED_SHARE = 0.5

/**
 * Refusals of one caller that go out at once, and how far apart those are that follow: an honest one is refused less often than it is
 * served, while one that calls again at once can be refused ten thousand times in a second, which leaves little time to run anything.
 */
export const REFUSALS_FREE = 64
export const REFUSAL_EACH_MS = 5

/** How long one is held back at most: somebody may wait for it to go elsewhere. */
export const REFUSAL_HELD_MAX_MS = 250

/** A function that takes this much processor time per call, or holds the thread this long, moves to a process of its own: the most that a light call ever waits behind a neighbour. */
export const HEAVY_MS = 30

/**
 * A caller sends one light call to a process ahead of its turn, and more as long as its own take so long together: enough that the
 * process has work while its answers are read.
 */
export const AHEAD_MS = 1

/** Loading may take longer than a turn of a light function (a bundle of 2 MB: 90 ms) and says nothing about its calls. */
export const HEAVY_LOAD_MS = 250

/** Weight of the newest call in the moving mean of a function's processor time: three calls change its mind. */
export const WEIGHT_GAIN = 0.4

/** Functions whose weight is remembered after their process is gone. */
export const WEIGHTS_MAX = 4096

/** How long a call that was cancelled may hold the thread before its process is killed. */
export const YIELD_GRACE_MS = 250

/** A process whose thread is free and that still does not end a cancelled call by then is broken. */
export const UNANSWERED_MAX_MS = 5000

/** One whose thread is not free, but goes from turn to turn, hears of it after the first or the second: these are seen to begin after that time. */
export const UNANSWERED_TURNS_MAX = 3

/**
 * How long a thread may sleep in the middle of a turn, while the process takes no time on any other. A turn never waits, but
 * V8 does where it ran out of memory and cannot go back: isolated-vm then lays the thread to rest for ever, and tells only that same thread.
 */
export const ASLEEP_MAX_MS = 250

/**
 * What the parent allows beyond a limit of processor time: it sees that of all threads, and the child's own timer, where it may be tight, ends
 * the call without ending its neighbours.
 */
export const CPU_SLACK_MS = 500

/** How often the processes with calls are looked at. A bomb fills some 40 MB in this time; it costs 1 % of a core. */
export const WATCH_MS = 20

/** How near its limit of memory a process is looked at more closely, and how often then: it could be over before the next look. */
export const NEAR_BYTES: number = 64 * MB
export const NEAR_WATCH_MS = 4

/** How long the one timer for the deadlines of all calls runs at most, so that it is seldom set anew. */
export const DEADLINES_MS = 1000

/** How often the others are. */
export const SWEEP_MS = 1000

/** For how long the cores lent may be saved up, and then used at once: what a burst takes longer than is felt by whoever owns them. */
export const THROTTLE_MS = 1000

/** V8 may hold twice the live heap of a default isolate for a moment, while it copies. */
export const MEMORY_SLACK_BYTES: number = 64 * MB

/**
 * Processor time that a process may take between two sweeps once what its last call left running must be over. V8 tidies up
 * a little; whatever takes half of a core is no call's.
 */
export const IDLE_CPU_MAX_MS: number = SWEEP_MS / 2

/** What a process takes for itself: 40 MB, 4 for each function, and what V8 does not give back at once. */
export const PROCESS_MB = 64

/** Processes of one runner, whatever memory it lends: 64 of them are 4 GB. */
export const PROCESSES_MAX = 64

/** A process without calls that takes more in a second, in ms, is looked at as often as one with: all of them together could else take a core. */
export const RESTLESS_CPU_MS: number = SWEEP_MS / PROCESSES_MAX

/** Warm functions in one process, and the heap that those without a call may keep: above it the oldest are dropped. One that had little to do has 5 MB. */
export const WARM_PER_PROCESS_MAX = 64
export const WARM_HEAP_MAX_BYTES: number = 384 * MB

/** Only one that holds more than its part of that can bring all of them above it. */
export const WARM_HEAP_PART_BYTES: number = WARM_HEAP_MAX_BYTES / WARM_PER_PROCESS_MAX

/** Bundles that a process may say it remembers: with their code it can hold fewer. */
export const REMEMBERED_BUNDLES_MAX = 512

/**
 * How long after a load a process takes no function in place of another that is warm elsewhere, in ms: where all are busy, each would wait
 * long enough to be loaded everywhere, again and again. A load takes 8 ms.
 */
export const SETTLED_MS = 1000

/** Warm functions in all. */
export const WARM_MAX = 512

/**
 * Of the memory lent, what processes may hold before those that are there only for more warm functions go, and what there must be room in
 * for one that is full before it starts: the rest is for whoever comes next.
 */
export const EXTRA_MEMORY_PART: number = 1 - PROCESSES_LEFT
export const FULL_PROCESS_MB: number = PROCESS_MB + WARM_HEAP_MAX_BYTES / MB

/** Texts of bundles, of up to 16 MiB, that are fetched or wait with their calls for a process; beyond it one of whoever has most is fetched again. */
export const TEXTS_MAX = 8

/** A process of a cordon that nobody called for this long ends. */
export const IDLE_MS: number = 5 * 60_000

/** V8 does not give back everything: a process ends at the next idle moment after so many calls, or this much growth beyond the heaps it knows of. */
export const RECYCLE_CALLS = 100_000
export const RECYCLE_GROWTH_BYTES: number = 128 * MB

/**
 * A call that has not begun after so long, in a process whose thread another turn holds, is given to another process. The
 * lease grows each time that it ran out, for a process may just as well be starved.
 */
export const LEASE_MS = 100
export const LEASE_GROWTH = 4

/** What a lease is longer by for a call that comes with its function, which may wait for itself while it loads. */
export const LOAD_LEASE_MS = 2000

/** How often a call may be late; then it stays where it is until its deadline. */
export const LEASES_MAX = 3

/** How often a call may come back in all, late or since its function broke before; a process that gives it back once more is taken to do so for ever. */
export const RETURNS_MAX = 10

/** How many processes may die under a call before it began; after that it is not sent again. */
export const DEATHS_MAX = 3

/** A process that is not ready by then never will be; on a busy Raspberry Pi it takes 2 s. */
export const READY_MAX_MS = 20_000

/** How often it is tried to remove what a process that is gone was in, such as its control group, and after how long again. */
export const RELEASES_MAX = 5
export const RELEASE_RETRY_MS = 200

/** The end of a process's stderr, kept for the reason of a failed start. */
export const STDERR_MAX_CHARS = 4096

/** What all functions together may write in a second: whoever has many of them floods the owner's log no more than with four. */
export const LOG_ALL_MAX_BYTES: number = 4 * LOG_SECOND_MAX_BYTES
export const LOG_ALL_MAX_LINES: number = 4 * LOG_SECOND_MAX_LINES

/** Memory lent where the owner says nothing: this part of the machine's. */
export const MEMORY_PART = 0.25

/** The largest function of strangers, in MB: what the kernel lets their processes have must have an end. */
export const STRANGERS_MEMORY_MB = 512

/** Data of a process of strangers, in MB: one largest function, the heaps of warm ones, and what the process takes itself. */
export const STRANGERS_DATA_MB: number = STRANGERS_MEMORY_MB + WARM_HEAP_MAX_BYTES / MB + 128

/** Threads of a process, beside one for each core, which isolated-vm may have. Node has 12. */
export const THREADS_BESIDE_CORES = 48

/** A trial of the jail that says nothing by then is a failed one; on a busy Raspberry Pi it takes 2 s. */
export const TRIAL_MAX_MS = 10_000

/** Of what a launcher says when it fails, in characters. */
export const LAST_WORDS_MAX_CHARS = 300

/** Making a snapshot takes 0.2 s, and on a busy Raspberry Pi 5 s; later it is done without. */
export const SNAPSHOT_MAX_MS = 20_000

/** The piece of work by which a machine's speed is measured, on a usual one with nothing else to do, in ms: a core of a server of 2021. */
export const SPEED_USUAL_MS = 0.26

/** A round of pieces ends after so many in a row that were not quicker by this part. */
export const SPEED_PATIENCE = 16
export const SPEED_GAIN_MIN = 0.02

/**
 * Rounds of which the quickest counts, and how long after one the next may begin: until there are so many, and from then on. Beside loops in all cores
 * one round in two finds a machine half as quick as it is. A round takes some 20 ms on a busy machine.
 */
export const SPEED_ROUNDS = 8
export const SPEED_GAP_MS = 10_000
export const SPEED_SETTLED_GAP_MS = 600_000

/** Steps in which a speed is said, in each power of two, and how many it must be off before another is said. */
export const SPEED_STEPS = 4
export const SPEED_DOUBT_STEPS = 0.75
