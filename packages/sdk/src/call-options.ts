import { HitherError, parseDuration, type CallProgress, type PeerId, type Tier } from '@hither/core'

/** A time as people write it, in whole numbers: `500ms`, `30s`, `2m`. */
export type Duration = `${number}ms` | `${number}s` | `${number}m`

/** What may be said about one call besides its request. */
export interface CallOptions {
  /** Gives up, as `cancelled`, until the last byte of the answer; the handler's `request.signal` fires then. */
  signal?: AbortSignal
  /** Everything is over by then, the answer's body included: in ms, or as `5s`. By default as long as the function may take. */
  deadline?: number | Duration
  /** A call that is repeated on the same runner under the same key is answered from there, not run again. */
  idempotencyKey?: string
  /** Peer ids, where the call should run if any of them can take it now. */
  prefer?: PeerId[]
  /** Peer ids, where it must not run. */
  avoid?: PeerId[]
  /** Runs only where the jail is this hard, or harder, by the runner's own word. */
  tier?: Tier
  /** The steps of the call, as they happen. A gateway tells none. */
  onProgress?: (event: CallProgress) => void
}

/** A deadline in ms. Throws `usage` for what is no time. */
export function milliseconds(deadline: number | string): number {
  const ms = typeof deadline === 'number' ? deadline : parseDuration(deadline)
  if (ms !== undefined && ms > 0) return ms
  throw new HitherError('usage', `the deadline ${JSON.stringify(deadline)} is no time`, {
    fix: "give it in ms, or as a text such as '500ms', '5s' or '2m'",
  })
}
