import { FRAME_MAX_BYTES, WHOLE_BODY_MAX_BYTES } from '@hither/core'

/** What both ends of the pipe hold to. */

/** Of a message, what says how long the rest is; and all that stands before its head (see `frames.ts`). */
export const LENGTH_BYTES = 4
export const MESSAGE_HEAD_BYTES: number = LENGTH_BYTES + 1 + 4 + 4

/**
 * The head of a message: what fits into a frame between peers, in JSON, which may write one byte as six. Both ends live on one machine,
 * where nothing has to wait behind it for long.
 */
export const HEAD_MAX_BYTES: number = 6 * FRAME_MAX_BYTES

/** A piece of a streamed body is one frame. */
export const PIECE_MAX_BYTES: number = FRAME_MAX_BYTES

/** A piece of an answer is somewhat shorter: with what stands before it, it is what the parent reads at once. */
export const ANSWER_PIECE_MAX_BYTES: number = PIECE_MAX_BYTES - MESSAGE_HEAD_BYTES

/**
 * What may be under way of one body, each way: two pieces, so that one is made while the one before it is taken. What is under way lies
 * in front of all small answers.
 */
export const WINDOW_BYTES: number = 2 * PIECE_MAX_BYTES

/** What a piece takes of its window at least. It costs as much to hold, and nobody can pile up a million tiny ones. */
export const PIECE_MIN_COST_BYTES = 1024

/**
 * What of a body waits in the sandbox process to enter an isolate that wants all of it: each crossing costs as much as copying it does. As
 * much as an answer may have that travels whole. One that is on its way out may wait with as much, and a piece that was made meanwhile.
 */
export const GATHERED_MAX_BYTES: number = WHOLE_BODY_MAX_BYTES

/** Nor do more pieces wait than are worth that, however short they are: the process has little memory of its own. */
export const GATHERED_MAX_PIECES: number = GATHERED_MAX_BYTES / PIECE_MIN_COST_BYTES

/** One console line. Longer ones are data, which belongs in the answer. */
export const LOG_LINE_MAX_CHARS = 4096

/** What one call may write: enough for a stack trace in each of many steps; the rest is counted and dropped. */
export const LOG_CALL_MAX_BYTES: number = 64 * 1024
export const LOG_CALL_MAX_LINES = 256

/** What one function may write in a second, over all its calls: so that many small calls flood no log either. */
export const LOG_SECOND_MAX_BYTES: number = 256 * 1024
export const LOG_SECOND_MAX_LINES = 1000

/**
 * Lines beyond these in one second after which a process is taken for one that was taken over: its own budget would have
 * dropped them. What lay in the pipe while its parent was busy may come at once, so it is several seconds' worth.
 */
export const LOG_FLOOD_MAX_LINES: number = 8 * LOG_SECOND_MAX_LINES

/** Headers of an answer. Peers read no more of them. */
export const HEADERS_MAX = 256

/** How long a cancelled handler may tidy up after it gave back the thread; then its answer is no longer waited for. */
export const CANCEL_TIDY_MS = 150

/**
 * A process that gets no processor time is starved rather than stuck, for it has the lowest priority: its wall time
 * counts only for this part.
 */
export const STARVED_PART: number = 1 / 32

/** How many times its processor time a turn may last, where a process is held to a part of a core: the parent's watch ends what burns. */
export const PATIENCE_MAX: number = 1 / STARVED_PART
