import {
  equalBytes,
  sayableState,
  warmHint,
  WARM_HINT_BYTES,
  WARM_HINTS_MAX,
  type Runner,
  type RunnerLoad,
  type RunnerState,
} from '@hither/core'
import type { Admission } from './admission.ts'
import { WARM_LOOK_MS } from './limits/serving.ts'
import type { Timers } from './timers.ts'

export interface RunnerStateInit {
  runner: Runner
  admission: Admission
  accepting: boolean
  labels: readonly string[]
  priceMs: number
  /** The hints of its warm functions. */
  warm: Uint8Array
}

/** What a runner says of itself on heartbeats, at the ends of calls and with refusals. */
export function runnerState({ runner, admission, accepting, labels, priceMs, warm }: RunnerStateInit): RunnerState {
  const load = runner.load()
  const { memoryMb, speed } = load
  const { tier, grants } = runner.jail()
  return sayableState({
    accepting,
    ...tightest(load),
    priceMs,
    ...(speed !== undefined && { speed }),
    memoryMb,
    // Strangers whom the jail does not hold are as good as not admitted.
    admits: admission.anyone && grants.strangers !== undefined ? 'anyone' : 'listed',
    tier,
    ...(labels.length > 0 && { labels: [...labels] }),
    grants: [...(grants.trusted ?? [])],
    warm,
  })
}

/**
 * The hints of a runner's warm functions as they were when it was last looked, WARM_LOOK_MS after somebody asked: to name them all takes
 * as long as a call, and states are asked for with each, in the middle of its way. What is warm changes with calls, and seldom else.
 */
export function warmHints(runner: Pick<Runner, 'warm'>, timers: Timers): () => Uint8Array {
  let hints = new Uint8Array(0)
  let looking = false
  const look = (): void => {
    looking = false
    const named = runner.warm().slice(0, WARM_HINTS_MAX)
    const fresh = new Uint8Array(named.length * WARM_HINT_BYTES)
    for (const [i, cid] of named.entries()) fresh.set(warmHint(cid), i * WARM_HINT_BYTES)
    if (!equalBytes(fresh, hints)) hints = fresh
  }
  return () => {
    if (!looking) timers.after(WARM_LOOK_MS, look)
    looking = true
    return hints
  }
}

/** Of slots and cores, what there is less of: whose cores all burn is not idle, however many calls it could hold. */
export function tightest({ slots, busy, queued, cores }: RunnerLoad): Pick<RunnerState, 'slots' | 'busy' | 'queued'> {
  const { lent, burning, waiting } = cores
  if (burning + waiting < lent || (burning + waiting) * slots <= (busy + queued) * lent) return { slots, busy, queued }
  return { slots: lent, busy: Math.min(lent, burning), queued: waiting }
}
