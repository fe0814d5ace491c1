import type { Outcome } from '../engine/outcome.ts'
import type { Oracles, Span } from './figures.ts'
import { percentile } from './percentiles.ts'

/** Of a call's time, in ms; `rest` is what refusals, failures and waiting took. */
interface Parts {
  way: number
  queue: number
  cold: number
  run: number
  rest: number
}

/** Where the slowest calls of a policy spend their time, beside what the oracles needed for the very same calls. */
export interface Tail {
  /** From so many ms on a call is one of them: the policy's p99. */
  fromMs: number
  /** In the mean over these calls. */
  own: Parts
  oracle1: Parts
  oracle2: Parts
  /** By how much that p99 would fall if this part of each call took what it took with oracle2, as a share of oracle1's p99. */
  saves: Parts
}

const SHARE = 0.99

export function tail(outcome: Outcome, { oracle1, oracle2 }: Oracles, span: Span): Tail {
  const fromMs = p99Of(outcome.ms, span)
  const slow: number[] = []
  for (let call = span.first; call < span.end; call++) if ((outcome.ms[call] ?? 0) >= fromMs) slow.push(call)
  const unitMs = p99Of(oracle1.ms, span)
  return {
    fromMs,
    own: mean(outcome, slow),
    oracle1: mean(oracle1, slow),
    oracle2: mean(oracle2, slow),
    saves: each((part) => {
      const other = outcome.ms.map((ms, call) => ms - partsOf(outcome, call)[part] + partsOf(oracle2, call)[part])
      return (fromMs - p99Of(other, span)) / unitMs
    }),
  }
}

function mean(outcome: Outcome, calls: readonly number[]): Parts {
  return each((part) => calls.reduce((sum, call) => sum + partsOf(outcome, call)[part], 0) / calls.length)
}

function partsOf({ ms, wayMs, queueMs, coldMs, runMs }: Outcome, call: number): Parts {
  const [way, queue, cold, run] = [wayMs[call] ?? 0, queueMs[call] ?? 0, coldMs[call] ?? 0, runMs[call] ?? 0]
  return { way, queue, cold, run, rest: (ms[call] ?? 0) - way - queue - cold - run }
}

function p99Of(ms: Float32Array, { first, end }: Span): number {
  return percentile(ms.subarray(first, end).toSorted(), SHARE)
}

function each(of: (part: keyof Parts) => number): Parts {
  return { way: of('way'), queue: of('queue'), cold: of('cold'), run: of('run'), rest: of('rest') }
}
