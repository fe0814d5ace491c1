import type { ErrorCode } from '@hither/core'
import { halved } from './estimate.ts'
import { FAULT_GAIN, FAULT_HALF_LIFE_MS, FAULT_SHARE_MAX } from './limits.ts'

/**
 * What a failed call says about where it ran:
 * - `peer`: the peer or the way to it is unreliable, whatever the function;
 * - `pair`: this function and this peer do not get on (a crash may be the function's fault, a timeout the caller's haste);
 * - `ran`: the runner did its work, and the handler failed;
 * - `nothing`: neither.
 */
export type Blame = 'peer' | 'pair' | 'ran' | 'nothing'

const BLAME: Partial<Record<ErrorCode, Blame>> = {
  'peer-unreachable': 'peer',
  'link-lost': 'peer',
  'bad-answer': 'peer',
  internal: 'peer',
  'sandbox-crashed': 'pair',
  timeout: 'pair',
  'handler-failed': 'ran',
  'handler-bad-response': 'ran',
  'handler-invalid': 'ran',
  'limit-memory': 'ran',
  'limit-cpu': 'ran',
  'result-too-large': 'ran',
}

export function blameOf(code: ErrorCode): Blame {
  return BLAME[code] ?? 'nothing'
}

/** How unreliable a peer has been of late. */
export interface Faults {
  /** Share of calls that failed through the peer, from 0 to 1, as of `at`. */
  share: number
  at: number
}

export function recordFault(faults: Faults, failed: boolean, now: number): Faults {
  const share = faultShare(faults, now)
  return { share: share + FAULT_GAIN * ((failed ? 1 : 0) - share), at: now }
}

export function faultShare({ share, at }: Faults, now: number): number {
  return share === 0 ? 0 : Math.min(FAULT_SHARE_MAX, share * halved(now - at, FAULT_HALF_LIFE_MS))
}
