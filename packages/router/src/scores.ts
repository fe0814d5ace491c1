import type { Prediction, RunMetrics } from '@hither/core'

/** Parts of a call whose prediction can be held against what happened. */
export type Phase = 'network' | 'queue' | 'transfer' | 'cold' | 'service' | 'total'

export type Phases = Record<Phase, number>

/** How far predictions were off, in ms. */
export interface Score {
  calls: number
  medianMs: number
  p95Ms: number
}

export interface Scores {
  add(predicted: Prediction, metrics: RunMetrics, ms: number): void
  read(): Record<Phase, Score>
}

const PHASES: readonly Phase[] = ['network', 'queue', 'transfer', 'cold', 'service', 'total']

/** Errors are counted in classes that grow by a twentieth, so that any number of calls takes the same room. */
const GROWTH_LOG: number = Math.log(1.05)
const LEAST_MS = 0.01
const CLASSES = 400

/** What the price and the penalty add is no time that a call takes, so the total is without them. */
export function phasesPredicted(predicted: Prediction): Phases {
  const { networkMs, queueMs, transferMs, coldMs, serviceMs } = predicted
  const total = networkMs + queueMs + transferMs + coldMs + serviceMs
  return { network: networkMs, queue: queueMs, transfer: transferMs, cold: coldMs, service: serviceMs, total }
}

/** `ms`: the whole call, as its caller measured it. The network's part is what the runner does not account for. */
export function phasesSeen({ fetchMs, queueMs, startMs, runMs }: RunMetrics, ms: number): Phases {
  const network = Math.max(0, ms - fetchMs - queueMs - startMs - runMs)
  return { network, queue: queueMs, transfer: fetchMs, cold: startMs, service: runMs, total: ms }
}

/** Holds what was predicted against what happened, part by part. */
export function scores(): Scores {
  const counts = Object.fromEntries(PHASES.map((phase) => [phase, new Uint32Array(CLASSES)])) as Counts
  return {
    add(predicted, metrics, ms) {
      const before = phasesPredicted(predicted)
      const after = phasesSeen(metrics, ms)
      // Each by its name, for it is done for every call: to go through the names takes several times as long.
      note(counts.network, before.network, after.network)
      note(counts.queue, before.queue, after.queue)
      note(counts.transfer, before.transfer, after.transfer)
      note(counts.cold, before.cold, after.cold)
      note(counts.service, before.service, after.service)
      note(counts.total, before.total, after.total)
    },
    read: () => Object.fromEntries(PHASES.map((phase) => [phase, score(counts[phase])])) as Record<Phase, Score>,
  }
}

type Counts = Record<Phase, Uint32Array>

function note(classes: Uint32Array, before: number, after: number): void {
  const at = classOf(Math.abs(before - after))
  classes[at] = (classes[at] ?? 0) + 1
}

function score(classes: Uint32Array): Score {
  const calls = classes.reduce((sum, some) => sum + some, 0)
  return { calls, medianMs: quantile(classes, 0.5 * calls), p95Ms: quantile(classes, 0.95 * calls) }
}

function classOf(ms: number): number {
  if (ms < LEAST_MS) return 0
  return Math.min(CLASSES - 1, 1 + Math.floor(Math.log(ms / LEAST_MS) / GROWTH_LOG))
}

/** The middle of the class in which the so-many-th smallest error is; 0 for errors that are none. */
function quantile(classes: Uint32Array, rank: number): number {
  let below = 0
  const at = classes.findIndex((calls) => (below += calls) >= rank && below > 0)
  return at <= 0 ? 0 : LEAST_MS * Math.exp((at - 0.5) * GROWTH_LOG)
}
