import { HitherError } from '@hither/core'
import type { Attempt } from '../api.ts'

/** The same error, with who was tried before it. */
export function withAttempts(error: HitherError, attempts: Attempt[]): HitherError {
  const { code, message, why, fix, data } = error
  return new HitherError(code, message, {
    ...(why !== undefined && { why }),
    ...(fix !== undefined && { fix }),
    data: { ...data, attempts },
    cause: error,
  })
}
