import {
  sayableState,
  warmHint,
  WARM_HINT_BYTES,
  WARM_HINTS_MAX,
  type Runner,
  type RunnerLoad,
  type RunnerState,
} from '@hither/core'
import type { Admission } from './admission.ts'

export interface RunnerStateInit {
  runner: Runner
  admission: Admission
  accepting: boolean
  labels: readonly string[]
  priceMs: number
}

/** What a runner says of itself on heartbeats, at the ends of calls and with refusals. */
export function runnerState({ runner, admission, accepting, labels, priceMs }: RunnerStateInit): RunnerState {
  const load = runner.load()
  const { warm, memoryMb, speed } = load
  const { tier, grants } = runner.jail()
  const named = warm.slice(0, WARM_HINTS_MAX)
  const hints = new Uint8Array(named.length * WARM_HINT_BYTES)
  for (const [i, cid] of named.entries()) hints.set(warmHint(cid), i * WARM_HINT_BYTES)
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
    warm: hints,
  })
}

/** Of slots and cores, what there is less of: whose cores all burn is not idle, however many calls it could hold. */
export function tightest({ slots, busy, queued, cores }: RunnerLoad): Pick<RunnerState, 'slots' | 'busy' | 'queued'> {
  const { lent, burning, waiting } = cores
  if (burning + waiting < lent || (burning + waiting) * slots <= (busy + queued) * lent) return { slots, busy, queued }
  return { slots: lent, busy: Math.min(lent, burning), queued: waiting }
}
