import { saysWarm, type CID, type Prediction } from '@hither/core'
import { distanceTo } from './distance.ts'
import { faultShare } from './faults.ts'
import { coldMs, serviceMs, transferMs, type FunctionRecord } from './functions.ts'
import { hearsayMs } from './hearsay.ts'
import { latenessMs, silenceMs } from './lateness.ts'
import { NEAR_EQUAL_SHARE } from './limits/distance.ts'
import { FAULT_COST_MS } from './limits/faults.ts'
import { REFUSAL_COST_MS, REFUSAL_WAYS } from './limits/load.ts'
import { TRANSFER_BYTES_PER_MS, WARM_MEMORY_MS } from './limits/run.ts'
import { waitMs } from './load.ts'
import type { Memory } from './memory.ts'
import type { Question } from './obstacle.ts'
import type { PeerRecord, Word } from './peer-record.ts'
import { distanceErrorMs } from './rtt.ts'
import { slownessFactor } from './speed.ts'
import { trialMs } from './trial.ts'

/** When a call sent now to this runner would be answered, part by part. */
export function predict(record: PeerRecord, word: Word, memory: Memory, question: Question, now: number): Prediction {
  const { own, typicalMs, usualCold, coldShare, witnesses } = memory
  const { known } = question
  const { priceMs, speed } = word.state
  const networkMs = distanceTo(record, own) + (question.bodyBytes ?? 0) / TRANSFER_BYTES_PER_MS
  const queueMs = waitMs(record, word, memory, now) + latenessMs(record.late, memory, now)
  const share = isWarm(record, word, known, question.cid, now) ? 0 : coldShare
  const cold = share * coldMs(known, usualCold)
  const transfer = share * transferMs(known, question.bundleBytes, usualCold)
  const service = serviceMs(known, typicalMs) * slownessFactor(record.slowness, now, speed)
  const smoothMs = networkMs + queueMs + priceMs + transfer + cold + service
  const penaltyMs =
    faultPenaltyMs(faultShare(record.faults, now), smoothMs) +
    refusalMs(word, networkMs) +
    silenceMs(record, memory, now) +
    trialMs(record, now) +
    hearsayMs(record, witnesses, service, now)
  return {
    networkMs,
    queueMs,
    priceMs,
    transferMs: transfer,
    coldMs: cold,
    serviceMs: service,
    penaltyMs,
    totalMs: smoothMs + penaltyMs,
  }
}

/** How far apart two predictions may be through what is uncertain in this one alone. The service is the same for all. */
export function uncertaintyMs(record: PeerRecord, { networkMs, queueMs, priceMs }: Prediction): number {
  return distanceErrorMs(record.rtt) + NEAR_EQUAL_SHARE * (networkMs + queueMs + priceMs)
}

/** Warm by its own word, or by having answered not long ago and since it last came up. */
export function isWarm(
  record: PeerRecord,
  word: Word | undefined,
  known: FunctionRecord | undefined,
  cid: CID,
  now: number,
): boolean {
  const answeredAt = known?.answered.get(record.peer)
  const recent = answeredAt !== undefined && answeredAt >= record.upSince && now - answeredAt < WARM_MEMORY_MS
  return recent || (word !== undefined && saysWarm(word.state, cid))
}

/** With a share `p` of failures, p / (1 - p) tries fail before one succeeds. */
function faultPenaltyMs(share: number, smoothMs: number): number {
  return share === 0 ? 0 : (share / (1 - share)) * (smoothMs + FAULT_COST_MS)
}

/** What a call loses at a runner that is full as often as this one was when it spoke. */
function refusalMs({ full }: Word, networkMs: number): number {
  return full * (REFUSAL_WAYS * networkMs + REFUSAL_COST_MS)
}
