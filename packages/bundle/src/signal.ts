import { toHitherError } from '@hither/core'

/** Throws `cancelled` or `timeout` where nobody waits any more. */
export function refuseAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw toHitherError(signal.reason)
}
