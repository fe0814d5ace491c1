import type { Random } from '@hither/core'
import { halved } from './estimate.ts'
import { OUTLIER_MS } from './limits/lateness.ts'
import {
  TRIAL_FIRST_MS,
  TRIAL_GROWTH,
  TRIAL_HALF_LIFE_MS,
  TRIAL_LEAST_MS,
  TRIAL_MAX_MS,
  TRIAL_SPREAD_MIN,
} from './limits/trial.ts'
import type { PeerRecord } from './peer-record.ts'

/**
 * A runner that was late by far is on trial: it gets one call in each pause, which grows with each time that it is late again, and
 * shrinks with each answer in time. Who takes all that comes is quick as long as it is shunned; callers that went back to it all at once,
 * and with all their calls, would all be late together again.
 */
export interface Trial {
  /** 0: it is over. */
  pauseMs: number
  /** How often it was late by far, in counts that fade like the pause. */
  times: number
  /** When both were as they stand here. */
  at: number
  /** When it last was: answers to calls sent before are of the same time. */
  since: number
}

/** How an answer came. */
export interface Verdict {
  /** How late it was, in ms, beyond what is usual and what is excused. */
  lateMs: number
  /** By far, as others of this runner were. */
  isOutlier: boolean
  /** When its call was sent. */
  sentAt: number
}

export function judge(
  before: Trial | undefined,
  { lateMs, isOutlier, sentAt }: Verdict,
  random: Random,
  now: number,
): Trial | undefined {
  if (before !== undefined && sentAt < before.since) return before
  const { pauseMs, times } = faded(before, now)
  if (pauseMs > 0 ? lateMs > 0 : isOutlier) {
    const spread = TRIAL_SPREAD_MIN + random()
    const longerMs = spread * Math.min(TRIAL_MAX_MS, TRIAL_FIRST_MS * TRIAL_GROWTH ** times)
    return { pauseMs: longerMs, times: times + 1, at: now, since: now }
  }
  if (before === undefined || pauseMs === 0) return before
  // The more often it was late, the more answers it takes.
  const shorterMs = pauseMs * 2 ** (-1 / Math.max(1, times))
  return { ...before, pauseMs: shorterMs < TRIAL_LEAST_MS ? 0 : shorterMs, times, at: now }
}

/** It is used as any other, until it is late by far once more. */
export function forgiven(trial: Trial | undefined): Trial | undefined {
  return trial && { ...trial, pauseMs: 0 }
}

/** How long it will get no call, in ms. */
export function restMs({ trial, calledAt }: PeerRecord, now: number): number {
  if (trial === undefined || trial.pauseMs === 0) return 0
  return Math.max(0, Math.max(trial.since, calledAt) + faded(trial, now).pauseMs - now)
}

/** What a pause adds to a prediction, in ms: the next answer is expected to be late by far, too. */
export function trialMs(record: PeerRecord, now: number): number {
  return restMs(record, now) > 0 ? OUTLIER_MS : 0
}

function faded(trial: Trial | undefined, now: number): { pauseMs: number; times: number } {
  if (trial === undefined) return { pauseMs: 0, times: 0 }
  const left = halved(now - trial.at, TRIAL_HALF_LIFE_MS)
  return { pauseMs: left * trial.pauseMs, times: left * trial.times }
}
