import { fromWire, HitherError, isErrorCode, readError, toHitherError } from '@hither/core'

/** What a gateway says itself, when there is no answer of the function. */
export async function failureOf(response: Response): Promise<HitherError | undefined> {
  const code = response.headers.get('hither-error')
  if (code === null) return undefined
  try {
    const { error } = (await response.json()) as { error: unknown }
    return fromWire(readError(error))
  } catch (cause) {
    const known = isErrorCode(code) ? code : 'bad-answer'
    return new HitherError(known, `the gateway answered with the error "${code}", and no words about it`, { cause })
  }
}

/** What `fetch` throws says little: in browsers not even whether anything was sent. */
export function unreached(root: string, thrown: unknown, signal: AbortSignal): HitherError {
  if (signal.aborted) return toHitherError(signal.reason)
  return new HitherError('link-lost', `the gateway at ${root} did not answer`, {
    why: reasonOf(thrown),
    fix: 'see that it runs: fn up   and that this page may speak to it',
    cause: thrown,
  })
}

/** The answer had begun. */
export function broken(thrown: unknown, signal: AbortSignal): HitherError {
  if (signal.aborted) return toHitherError(signal.reason)
  return new HitherError('link-lost', 'the answer broke off', { why: reasonOf(thrown), cause: thrown })
}

function reasonOf(thrown: unknown): string {
  const { cause } = thrown as { cause?: unknown }
  return cause instanceof Error ? cause.message : String(thrown)
}
