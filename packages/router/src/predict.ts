import { saysWarm, type Prediction } from '@hither/core'
import { distanceTo } from './distance.ts'
import { faultShare } from './faults.ts'
import { coldMs, serviceMs, type FunctionRecord } from './functions.ts'
import { FAULT_COST_MS, NEAR_EQUAL_SHARE, WARM_MEMORY_MS } from './limits.ts'
import { waitMs } from './load.ts'
import type { Question } from './obstacle.ts'
import type { Memory } from './observe.ts'
import type { PeerRecord, Word } from './peer-record.ts'
import { distanceErrorMs } from './rtt.ts'
import { speedFactor } from './speed.ts'

/** When a call sent now to this runner would be answered, part by part. */
export function predict(
  record: PeerRecord,
  word: Word,
  { own, functions }: Memory,
  question: Question,
  now: number,
): Prediction {
  const known = functions.get(question.key)
  const networkMs = distanceTo(record, own.coordinate())
  const queueMs = waitMs(record, word, functions, now)
  const { priceMs } = word.state
  const cold = isWarm(record, word, known, question, now) ? 0 : coldMs(known)
  const service = serviceMs(known) * speedFactor(record.speed)
  const smoothMs = networkMs + queueMs + priceMs + cold + service
  const penaltyMs = penalty(faultShare(record.faults, now), smoothMs)
  return {
    networkMs,
    queueMs,
    priceMs,
    transferMs: 0,
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
function isWarm(
  record: PeerRecord,
  { state }: Word,
  known: FunctionRecord | undefined,
  { cid }: Question,
  now: number,
): boolean {
  const answeredAt = known?.answered.get(record.peer)
  const recent = answeredAt !== undefined && answeredAt >= record.upSince && now - answeredAt < WARM_MEMORY_MS
  return recent || saysWarm(state, cid)
}

/** With a share `p` of failures, p / (1 - p) tries fail before one succeeds. */
function penalty(share: number, smoothMs: number): number {
  return (share / (1 - share)) * (smoothMs + FAULT_COST_MS)
}
