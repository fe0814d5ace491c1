import { encodeMessage, HitherError, toHitherError, type WireError } from '@hither/core'
import { ERROR_DATA_MAX_BYTES, ERROR_TEXT_MAX_CHARS } from './limits/calls.ts'

/** What an aborted signal means to whoever waits: `timeout` where the signal is a timeout's, else `cancelled`. */
export function abortError(signal: AbortSignal): HitherError {
  const reason: unknown = signal.reason
  if (reason instanceof HitherError) return reason
  if (reason instanceof Error && reason.name === 'TimeoutError') return toHitherError(reason)
  return new HitherError('cancelled', 'the call was cancelled', { cause: reason })
}

export function unreachable(peer: string, why: string, cause?: unknown): HitherError {
  return new HitherError('peer-unreachable', `${peer} cannot be reached`, { why, cause })
}

/** The message of whatever was thrown, in one line. */
export function reasonOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  return text.split('\n', 1)[0] ?? text
}

/** Whatever was thrown, as it may cross the wire. */
export function wireError(thrown: unknown): WireError {
  return cropError(toHitherError(thrown).toWire())
}

/** Texts cut to what the reader takes, data left out where it is too much: an error must fit a frame. */
export function cropError({ code, message, why, fix, data }: WireError): WireError {
  return {
    code,
    message: message.slice(0, ERROR_TEXT_MAX_CHARS),
    ...(why !== undefined && { why: why.slice(0, ERROR_TEXT_MAX_CHARS) }),
    ...(fix !== undefined && { fix: fix.slice(0, ERROR_TEXT_MAX_CHARS) }),
    ...(data !== undefined && fits(data) && { data }),
  }
}

function fits(data: Record<string, unknown>): boolean {
  try {
    return encodeMessage(data).length <= ERROR_DATA_MAX_BYTES
  } catch {
    // CBOR has no word for something in it: the error matters more than its data.
    return false
  }
}
