import { HitherError, toHitherError } from '@hither/core'

/** What can end one call: its caller's signal, and whoever holds the leash. */
export interface Leash {
  /** Its reason is always a HitherError. */
  signal: AbortSignal
  cut(reason: HitherError): void
  /** The call is over: the caller's signal, which may live much longer, forgets it. */
  drop(): void
}

export function leash(given: AbortSignal | undefined): Leash {
  const controller = new AbortController()
  const follow = (): void => controller.abort(reasonOf(given))
  given?.addEventListener('abort', follow, { once: true })
  if (given?.aborted === true) follow()
  return {
    signal: controller.signal,
    cut: (reason) => controller.abort(reason),
    drop: () => given?.removeEventListener('abort', follow),
  }
}

/** Callers abort with whatever they like; only a timeout's signal means anything but that they gave up. */
function reasonOf(given: AbortSignal | undefined): HitherError {
  const reason: unknown = given?.reason
  const error = toHitherError(reason)
  return error.code === 'internal' ? new HitherError('cancelled', 'the call was cancelled', { cause: reason }) : error
}
