import type { Prediction, Random } from '@hither/core'
import { isProbeDue } from './faults.ts'
import { softness } from './obstacle.ts'
import type { Hindered } from './candidates.ts'
import type { PeerRecord } from './peer-record.ts'
import { uncertaintyMs } from './predict.ts'

/** A peer with what was predicted of it. */
export interface Weighed {
  record: PeerRecord
  predicted: Prediction
}

/** Orders by prediction; equal ones by id, so that the order is the same everywhere. */
export function byPrediction(a: Weighed, b: Weighed): number {
  return a.predicted.totalMs - b.predicted.totalMs || (a.record.peer < b.record.peer ? -1 : 1)
}

/**
 * The best of those sorted best first. Whoever is no worse than it beyond what both predictions may be off has an equal
 * chance: else all callers of one place would send to the same runner. No chance is taken where there is nothing to choose.
 */
export function choose(sorted: readonly Weighed[], random: Random): Weighed | undefined {
  const [best] = sorted
  if (best === undefined) return undefined
  const slack = uncertaintyMs(best.record, best.predicted)
  const equals = sorted.filter(
    ({ record, predicted }) =>
      record === best.record || predicted.totalMs - best.predicted.totalMs <= slack + uncertaintyMs(record, predicted),
  )
  return equals.length === 1 ? best : equals[Math.floor(random() * equals.length)]
}

/**
 * Whom faults of late alone keep from being the best: one call may find out now and then whether they are over, where it may be
 * repeated if they are not.
 */
export function probe(sorted: readonly Weighed[], now: number): Weighed | undefined {
  const [best] = sorted
  return sorted.find(({ record, predicted }) => {
    const { faults, ownCalls, sentAt } = record
    if (faults.share === 0 || ownCalls > 0 || best === undefined || record === best.record) return false
    return smoothMs(predicted) < smoothMs(best.predicted) && isProbeDue(faults, sentAt, now)
  })
}

function smoothMs({ totalMs, penaltyMs }: Prediction): number {
  return totalMs - penaltyMs
}

/**
 * Whom to ask where nobody is free: a call that is refused or fails with its true reason serves its user better than one
 * that was never sent. The least hindered, then the best; never who was tried or said no for longer.
 */
export function lastResort(
  hindered: readonly Hindered[],
  weigh: (record: PeerRecord) => Weighed[],
): Weighed | undefined {
  const softest = Math.min(...hindered.map(({ obstacle }) => softness(obstacle)))
  if (softest === Infinity) return undefined
  return hindered
    .filter(({ obstacle }) => softness(obstacle) === softest)
    .flatMap(({ record }) => weigh(record))
    .toSorted(byPrediction)[0]
}
