import type { CID, RunMetrics } from '@hither/core'
import { coldWaitMs } from './cold-start.ts'
import { halved } from './estimate.ts'
import {
  LATE_FREE_MS,
  LATE_GAIN,
  LATE_HALF_LIFE_MS,
  LATE_MAX_MS,
  OUTLIER_MS,
  QUEUE_HOLDS_MAX,
  SILENCE_TIMES,
  USUAL_LATE_GAIN,
} from './limits/lateness.ts'
import type { FunctionRecord } from './functions.ts'
import { usualHoldMs } from './load.ts'
import type { Memory } from './memory.ts'
import type { PeerRecord } from './peer-record.ts'
import { quantileMs } from './quantile.ts'
import { distanceMs } from './rtt.ts'
import { judge } from './trial.ts'

/** How much later answers came than the way, the run and a cold start explain: waiting, whatever the runner calls it. */
export interface Lateness {
  ms: number
  at: number
}

/** What came of a call that took `ms` in all. */
export interface TimedAnswer {
  cid: CID
  metrics: RunMetrics
  ms: number
}

/**
 * Takes in how late an answer was. What all are late by, such as on a busy caller's own machine, is slowly taken
 * for usual.
 */
export function recordLateness(
  record: PeerRecord,
  memory: Memory,
  { cid, metrics, ms }: TimedAnswer,
  now: number,
): void {
  const { queueMs, runMs } = metrics
  const explained = distanceMs(record.rtt) + runMs + coldWaitMs(record, cid, metrics, ms, now)
  const late = Math.min(LATE_MAX_MS, Math.max(0, ms - explained - LATE_FREE_MS))
  const excusedMs = Math.min(queueMs, QUEUE_HOLDS_MAX * usualHoldMs(record, memory.typicalMs))
  learnLateness(record, memory, late, excusedMs, now - ms, now)
  memory.usualLateMs += USUAL_LATE_GAIN * (late - memory.usualLateMs)
}

/** How late it is expected to be: as it was of late, and as is usual where that is long ago or not known. */
export function latenessMs(late: Lateness | undefined, memory: Memory, now: number): number {
  return memory.usualLateMs + excessLatenessMs(late, memory, now)
}

/** The same beyond what is usual; below zero where it is less. */
export function excessLatenessMs(late: Lateness | undefined, { usualLateMs }: Memory, now: number): number {
  if (late === undefined || late.ms === usualLateMs) return 0
  return (late.ms - usualLateMs) * halved(now - late.at, LATE_HALF_LIFE_MS)
}

/** `excusedMs`: as long as a call may wait in a short queue, where the runner says that this one did. */
function learnLateness(
  record: PeerRecord,
  memory: Memory,
  lateMs: number,
  excusedMs: number,
  sentAt: number,
  now: number,
): void {
  const beforeMs = latenessMs(record.late, memory, now)
  record.late = { ms: beforeMs + LATE_GAIN * (lateMs - beforeMs), at: now }
  const beyondMs = lateMs - excusedMs - memory.usualLateMs
  const isOutlier = Math.min(beyondMs, excessLatenessMs(record.late, memory, now)) >= OUTLIER_MS
  record.trial = judge(record.trial, { lateMs: beyondMs, isOutlier, sentAt }, memory.random, now)
}

/**
 * How long a peer has been silent beyond what its calls of one's own may take: it is expected to be so for as long again. Whose
 * answer has begun is not silent, however long that takes to end. Of functions that were not seen often enough nobody knows what
 * they may take.
 */
export function silenceMs(record: PeerRecord, { functions }: Memory, now: number): number {
  const { underWay, quietSince } = record
  if (!isWaitedFor(record)) return 0
  let mayTakeMs = 0
  for (const [cid, { count, begun }] of underWay ?? []) {
    if (begun >= count) continue
    const known = functions.get(cid)
    if (known === undefined) return 0
    mayTakeMs = Math.max(mayTakeMs, quantileMs(known.tail))
  }
  return Math.max(0, now - quietSince - distanceMs(record.rtt) - SILENCE_TIMES * mayTakeMs)
}

/** An answer of it is under way that has not begun. */
export function isWaitedFor({ underWay }: PeerRecord): boolean {
  // Asked of each candidate of each call, and of most none is under way: it makes nothing.
  if (underWay === undefined) return false
  for (const { count, begun } of underWay.values()) if (begun < count) return true
  return false
}

/**
 * A call that was given up: it took at least so long. Only beyond what its function may take does that say anything, and then
 * only that it is late by so much at least; an answer that came says more, so a shorter wait never takes anything off.
 */
export function recordCancelled(
  record: PeerRecord,
  memory: Memory,
  known: FunctionRecord | undefined,
  ms: number,
  now: number,
): void {
  if (known === undefined) return
  const late = Math.min(LATE_MAX_MS, ms - distanceMs(record.rtt) - SILENCE_TIMES * quantileMs(known.tail))
  if (late > latenessMs(record.late, memory, now)) learnLateness(record, memory, late, 0, now - ms, now)
}
