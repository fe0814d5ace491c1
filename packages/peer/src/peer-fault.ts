import { toHitherError, type ErrorCode } from '@hither/core'

/**
 * What another peer got wrong, for the log: at `debug`, since anybody can make a peer write as much of it as it likes, and the write holds up
 * all else. Without a stack: whatever is wrong is wrong over there.
 */
export function faultOf(thrown: unknown): { code: ErrorCode; why: string } {
  const { code, message } = toHitherError(thrown)
  return { code, why: message }
}
