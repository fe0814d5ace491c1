import { HitherError, parseDuration, type CallProgress, type Tier } from '@hither/core'

/** A time as people write it, in whole numbers: `500ms`, `30s`, `2m`. */
export type Duration = `${number}ms` | `${number}s` | `${number}m`

/** What may be said about one call besides its request. */
export interface CallOptions {
  /** Gives up, as `cancelled`, until the last byte of the answer; the handler's `request.signal` fires then. */
  signal?: AbortSignal
  /** Everything is over by then, the answer's body included: in ms, or as `5s`. By default as long as the function may take. */
  deadline?: number | Duration
  /** A call that is repeated under the same key goes to the runner that had it, which answers it again and runs nothing. */
  idempotencyKey?: string
  /** How long it may wait, inside its deadline, for a runner that has a place: in ms, or as `30s`. By default a moment. */
  wait?: number | Duration
  /**
   * Where the call should run if any of these can take it now: peer ids, `label:gpu`, `tier:filtered` (or harder), or `publisher:KEY`: a
   * machine that this publisher says is theirs.
   */
  prefer?: string[]
  /** Where it must not run, said in the same way; of a tier, that and all weaker ones. */
  avoid?: string[]
  /** What its runner must be, all of it, said in the same way. */
  require?: string[]
  /** Labels that its runner must have, all of them. */
  labels?: string[]
  /** Runs only where the jail is this hard, or harder, by the runner's own word. */
  tier?: Tier
  /**
   * After how long without an answer a second copy is sent elsewhere, for a call that may run twice: in ms, or as `200ms`; `false`:
   * never. By default when most calls of the function would have been answered.
   */
  hedge?: number | Duration | false
  /** The steps of the call, as they happen. A gateway tells none. */
  onProgress?: (event: CallProgress) => void
}

/** A time in ms, at least so much. Throws `usage` for what is none; `what` says whose it is. */
export function milliseconds(what: string, time: number | string, leastMs: number): number {
  const ms = typeof time === 'number' ? time : parseDuration(time)
  if (ms !== undefined && ms >= leastMs && ms < Infinity) return ms
  throw new HitherError(
    'usage',
    `the ${what} ${typeof time === 'string' ? JSON.stringify(time) : String(time)} is no time`,
    {
      fix: "give it in ms, or as a text such as '500ms', '5s' or '2m'",
    },
  )
}

/** What a runner must or should be, as it is said. Throws `usage` for what is no list of texts; `what` says whose it is. */
export function listed(what: string, texts: string[]): string[] {
  if (Array.isArray(texts) && texts.every((text) => typeof text === 'string')) return texts
  throw new HitherError('usage', `\`${what}\` is no list of texts`, { fix: `${what}: ['label:gpu']` })
}
