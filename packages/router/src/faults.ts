import type { ErrorCode } from '@hither/core'
import { halved } from './estimate.ts'
import {
  BEAT_GAIN,
  BEAT_MIN_MS,
  FAULT_GAIN,
  FAULT_HALF_LIFE_MS,
  FAULT_SHARE_MAX,
  PROBE_PAUSE_MS,
} from './limits/faults.ts'

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
  /** How often it failed, in counts that fade: what breaks again and again heals more slowly. */
  times: number
  /** When it last did. */
  failedAt: number
}

export const NO_FAULTS: Faults = { share: 0, at: 0, times: 0, failedAt: 0 }

export function recordFault(faults: Faults, failed: boolean, now: number): Faults {
  // Of most peers there are none, and each answer says so again.
  if (!failed && faults.share === 0 && faults.times === 0) return faults
  const share = faultShare(faults, now)
  return {
    share: share + FAULT_GAIN * ((failed ? 1 : 0) - share),
    at: now,
    times: timesFailed(faults, now) + (failed ? 1 : 0),
    failedAt: failed ? now : faults.failedAt,
  }
}

/** A round trip on a link that came up again: what was wrong with the way is over, it seems. Several in one moment say it once. */
export function recordBeat(faults: Faults, now: number): Faults {
  if (faults.share === 0 || now - faults.at < BEAT_MIN_MS) return faults
  const times = timesFailed(faults, now)
  const heals = BEAT_GAIN / 2 ** Math.max(0, times - 1)
  return { ...faults, share: faultShare(faults, now) * (1 - heals), at: now, times }
}

export function faultShare({ share, at }: Faults, now: number): number {
  return share === 0 ? 0 : Math.min(FAULT_SHARE_MAX, share * halved(now - at, FAULT_HALF_LIFE_MS))
}

/**
 * Whether one call may try whom a fault alone keeps from being the best: after a pause that doubles with each fault, and has none of
 * its own after a try that was answered. `sentAt`: when one was sent that was not.
 */
export function isProbeDue(faults: Faults, sentAt: number, now: number): boolean {
  return now - Math.max(faults.failedAt, sentAt) >= PROBE_PAUSE_MS * 2 ** Math.max(0, timesFailed(faults, now) - 1)
}

function timesFailed({ times, at }: Faults, now: number): number {
  return times * halved(now - at, FAULT_HALF_LIFE_MS)
}
