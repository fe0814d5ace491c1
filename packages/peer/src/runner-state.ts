import { warmHint, WARM_HINT_BYTES, WARM_HINTS_MAX, type Runner, type RunnerState } from '@hither/core'
import type { Admission } from './admission.ts'

/** What a runner says of itself on heartbeats, at the ends of calls and with refusals. */
export function runnerState(runner: Runner, admission: Admission, accepting: boolean): RunnerState {
  const { slots, busy, queued, warm } = runner.load()
  const { tier, grants } = runner.jail()
  const named = warm.slice(0, WARM_HINTS_MAX)
  const hints = new Uint8Array(named.length * WARM_HINT_BYTES)
  for (const [i, cid] of named.entries()) hints.set(warmHint(cid), i * WARM_HINT_BYTES)
  return {
    accepting,
    slots,
    busy,
    queued,
    // Nothing sets a price on congestion yet: the queue is short and refuses.
    priceMs: 0,
    // Strangers whom the jail does not hold are as good as not admitted.
    admits: admission.anyone && grants.strangers !== undefined ? 'anyone' : 'listed',
    tier,
    grants: [...(grants.trusted ?? [])],
    warm: hints,
  }
}
