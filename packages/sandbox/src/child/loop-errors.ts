import { encodeMessage, FRAME_MAX_BYTES, type ErrorCode, type WireError } from '@hither/core'

/** What readers of errors accept, in characters. */
export const MESSAGE_MAX_CHARS = 8192
const FIX_MAX_CHARS = 2048

export const CANCELLED: WireError = { code: 'cancelled', message: 'the call was cancelled' }

export const BROKEN: WireError = {
  code: 'sandbox-crashed',
  message: 'the isolate of the function broke',
  why: 'another call of the same function went over a limit',
}

/** Held to what the other end reads: a handler chooses the text of what it throws, and a code out of place is a bug. */
export function wireError(error: WireError, codes: readonly ErrorCode[]): WireError {
  return {
    code: codes.find((code) => code === error.code) ?? 'internal',
    message: error.message.slice(0, MESSAGE_MAX_CHARS),
    ...(error.why !== undefined && { why: error.why.slice(0, MESSAGE_MAX_CHARS) }),
    ...(error.fix !== undefined && { fix: error.fix.slice(0, FIX_MAX_CHARS) }),
    ...(error.data !== undefined && fits(error.data) && { data: error.data }),
  }
}

function fits(data: Record<string, unknown>): boolean {
  try {
    return encodeMessage(data).length <= FRAME_MAX_BYTES / 4
  } catch {
    // Not encodable at all, which is as good as too long.
    return false
  }
}
