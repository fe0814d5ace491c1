import type { ErrorCode } from '@hither/core'

/**
 * What a sandbox process may say of a function that does not load, and of a call that has no answer. It says nothing else,
 * and the parent takes anything else for the word of a process that was taken over: a refusal, say, would claim that
 * nothing ran.
 */
export const LOAD_CODES: readonly ErrorCode[] = [
  'handler-invalid',
  'limit-cpu',
  'limit-memory',
  'sandbox-crashed', // another call broke the isolate, or it got almost no processor time
  'internal',
]

export const CALL_CODES: readonly ErrorCode[] = [
  // A function that does not load ends each of its calls with the reason.
  ...LOAD_CODES,
  'bad-message', // there can be no Request like the one that was sent
  'handler-failed',
  'handler-bad-response',
  'result-too-large',
  'cancelled',
]
