/** Every bound that two packages share, with its unit in the name and its reason above it. */

/** A frame's payload. Small enough that a small call never waits long behind a body; four fill yamux's 256 KiB window. */
export const FRAME_MAX_BYTES: number = 64 * 1024

/** A call's method, URL and headers together. Node's own HTTP default is 16 KiB; cookies make twice that ordinary. */
export const HEADER_MAX_BYTES: number = 32 * 1024

/** A body that travels with its head and is held in memory; a longer one is streamed. As much as one yamux window takes. */
export const WHOLE_BODY_MAX_BYTES: number = 256 * 1024

/** The longest body a manifest may allow. Streams need no memory; what bounds them in practice is the deadline. */
export const BODY_MAX_BYTES: number = 1024 ** 4

/** What a body may have where the manifest says nothing: a film fits, a handler that never stops does not go on for ever. */
export const BODY_DEFAULT_BYTES: number = 1024 ** 3

/** One block: a bundle, a source map or a manifest. hono + zod is 0.5 MB; WebAssembly packages reach several. */
export const BLOCK_MAX_BYTES: number = 16 * 1024 * 1024

/**
 * A manifest: links, limits and short lists; anything longer is an attack on whoever decodes it. It fits into a frame, with a record that
 * vouches for it.
 */
export const MANIFEST_MAX_BYTES: number = 59 * 1024

/** A signed name record. */
export const RECORD_MAX_BYTES: number = 4 * 1024

/** A deploy message, as short as a git subject line may grow. */
export const RECORD_MESSAGE_MAX_CHARS: number = 500

/** The deadline of a call that names none. Long enough for a report, short enough to notice a hang. */
export const CALL_DEFAULT_MS: number = 30_000

/** The longest deadline a runner accepts. */
export const CALL_MAX_MS: number = 15 * 60_000

/** Where a gateway takes HTTP on its own machine: beside the peers' 4248, with HTTP's 80. Ours by no registry, but fixed, so that addresses last. */
export const GATEWAY_PORT = 4280

/** What callers make keys of, a UUID or an order's number with its shop, is a tenth of it; and it travels with every call. In bytes of UTF-8. */
export const IDEMPOTENCY_KEY_MAX_BYTES = 1024

/** A call that was passed on this often goes round in a circle. */
export const HOPS_MAX: number = 3

/** What a function may use; a manifest can say each. */
export interface Limits {
  /** Heap of the isolate, in MiB. */
  memoryMb: number
  /** Processor time of one call, in ms. */
  cpuMs: number
  /** Wall time of one call, waiting included, in ms. */
  wallMs: number
  /** Request and answer body, each, in bytes. */
  bodyBytes: number
}

/** What holds where a manifest says nothing: a page render takes 10 ms and few MB, an image resize 500 ms and 60 MB. */
export const DEFAULT_LIMITS: Limits = {
  memoryMb: 128,
  cpuMs: 10_000,
  wallMs: CALL_DEFAULT_MS,
  bodyBytes: BODY_DEFAULT_BYTES,
}

/** The most a manifest may ask for. */
export const MAX_LIMITS: Limits = {
  memoryMb: 1024,
  cpuMs: 5 * 60_000,
  wallMs: CALL_MAX_MS,
  bodyBytes: BODY_MAX_BYTES,
}

/** The least a function can run in: below it the isolate cannot even hold the web platform. */
export const MEMORY_MIN_MB = 32

/** Calls that wait at a runner, for each that it runs. In simulation queues without end cost a third more at p99, none at all more refusals. */
const QUEUE_PER_SLOT = 0.25

/** Places in the queue of a runner: few, since who waits there could be on its way to somebody idle. Routers count on it. */
export function queuePlaces(slots: number): number {
  return Math.ceil(slots * QUEUE_PER_SLOT)
}
