/** Bounds of one isolate, each with its unit in the name. Read on both sides of its wall, so nothing here may need Node. */

/** Processor time for evaluating a bundle. The largest of the packages measured took 1.1 s, of which most was base64. */
export const LOAD_CPU_MS = 3000

/** Waiting for timers in a top-level await. The process stands still meanwhile, so it must be short. */
export const LOAD_WAIT_MS = 1000

/** What a call may go on doing for `waitUntil` once it has answered. Workers give the same. */
export const BACKGROUND_MAX_MS = 30_000

/** Calls of one isolate that may go on so at once. Each costs a kilobyte here and there, and their number slows down all others. */
export const BACKGROUND_CALLS_MAX = 256

/** A piece of the body of an outbound request, in bytes, and what is read ahead of its answer. */
export const PIECE_MAX_BYTES: number = 64 * 1024

/** An answer's text is handed over whole up to here, in characters, and beyond it in pieces of so many; in bytes that is at most three times as much. */
export const WHOLE_TEXT_MAX_CHARS: number = 85 * 1024

/** Bytes are, too, as far as they travel whole. The process cuts frames of what is longer than one. */
export const WHOLE_BYTES_MAX: number = 256 * 1024

/** Headers of an answer, in characters: what peers take, in bytes, as core says. Of more, no more than that crosses. */
export const HEADERS_MAX_CHARS: number = 32 * 1024

/** How deep calls may go, in KiB of the stack. V8 gives 984, of which the process keeps a seventh to be called from there. */
export const STACK_KB = 840

/**
 * Where an isolate makes new objects, in MB. What is alive when it is full is copied, and what a bundle makes while it is loaded stays
 * alive: in half of it, that took a sixth of loading hono and zod. An isolate holds it only as far as it has come, and twice once it was full.
 */
export const YOUNG_LEAST_MB = 2

/**
 * As far as it may grow in an isolate that has much to do. In 1 MB, whatever a handler still needs after some thousand objects is taken for
 * old: it is copied, marked and guarded, which took a quarter of the time of one that sorts numbers. More than 8 gains nothing.
 */
export const YOUNG_MOST_MB = 8

/** Of an isolate's limit, which V8 does not count it in: one of little memory must not hold twice as much. */
export const YOUNG_PART: number = 1 / 16

/** Timers of one isolate. Each costs a few hundred bytes of its heap, and finding the next one is linear. */
export const TIMERS_MAX = 1000

/** One line of the log. Longer ones are dumps that nobody reads. */
export const LOG_LINE_MAX_CHARS: number = 8 * 1024

/** All lines of one call. A flood must cost the process nothing, and every line costs a crossing. */
export const LOG_CALL_MAX_CHARS: number = 64 * 1024
export const LOG_CALL_MAX_LINES = 500

/** How deep and how wide a logged value is printed. */
export const INSPECT_MAX_DEPTH = 4
export const INSPECT_MAX_ENTRIES = 100

/** The parts of an error that crosses the wall; its message must fit into a WireError. */
export const ERROR_NAME_MAX_CHARS = 128
export const ERROR_MESSAGE_MAX_CHARS = 2048
export const ERROR_STACK_MAX_CHARS: number = 8 * 1024

/** How much of a wrong method or header name is shown to the caller. */
export const HEAD_SHOWN_MAX_CHARS = 64

/** Random bytes fetched at once: a crossing costs more than the bytes. */
export const RANDOM_POOL_BYTES = 4096

/**
 * Requests of one call that are open at once; more wait in the isolate for one to end. Browsers have six per host, and functions talk to
 * several; each may wait for two things of its process, and others need to get through as well.
 */
export const FETCHES_AT_ONCE_MAX = 12
/** Asks of one call that wait for their answers at once; what comes after waits in the isolate, where its memory is counted. */
export const ASKS_CALL_MAX = 32

/** The same of all calls of an isolate. Beyond it asks fail: each costs a kilobyte outside of what is counted. */
export const ASKS_MAX = 1024

/** What the process holds of asks in flight, per isolate: a service holds what it was given until it has answered. */
export const ASKS_MAX_BYTES: number = 32 * 1024 * 1024

/** What is asked, beside the buffers: a JWK, or a request's headers. */
export const ASK_TEXT_MAX_CHARS: number = 128 * 1024

/** What any length in a call of `crypto.subtle` may come to, in bytes: of derived bits, of keys, of a digest. */
export const CRYPTO_LENGTH_MAX_BYTES: number = 16 * 1024 * 1024

/** What Argon2 may fill, in KiB: what RFC 9106 advises where memory is scarce. */
export const CRYPTO_MEMORY_MAX_KIB: number = 64 * 1024

/** Arguments of a call of `crypto.subtle` may have so many members, and be nested so deep: JWKs are the widest. */
export const CRYPTO_LIST_MAX = 64
export const CRYPTO_MAX_DEPTH = 4

/** An isolate was taken for a function; so much later another is booted ahead, when that one has had its first call. */
export const AHEAD_AFTER_MS = 50

/** A bundle was loaded; so much later what V8 has compiled of it is remembered, when its first call has had its turn. */
export const KEEP_CODE_AFTER_MS = 100

/** What a process remembers of the code that it compiled, with the code itself: some 20 middling bundles, and a quarter of what a function may take. */
export const CODE_CACHE_MAX_BYTES: number = 16 * 1024 * 1024

/** Shorter bundles are compiled in a millisecond or two. */
export const CODE_CACHE_MIN_CHARS: number = 32 * 1024
