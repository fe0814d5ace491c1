import { HitherError } from '@hither/core'

/** The same error, with more that a program may want to read. */
export function withData(error: HitherError, more: Record<string, unknown>): HitherError {
  const { code, message, why, fix, data } = error
  return new HitherError(code, message, {
    ...(why !== undefined && { why }),
    ...(fix !== undefined && { fix }),
    data: { ...data, ...more },
    cause: error,
  })
}
