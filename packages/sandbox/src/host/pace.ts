import type { Clock } from '@hither/core'
import { REFUSALS_FREE, REFUSAL_EACH_MS, REFUSAL_HELD_MAX_MS, REMEMBERED_MAX } from './limits.ts'
import { held, type Timers } from './timers.ts'

/**
 * How fast a caller hears that the runner is full. The first refusals go out at once, so that its calls can go elsewhere; whoever is
 * refused again and again, and calls again at once, would have the runner do nothing but refuse.
 */
export class Pace {
  private readonly now: Clock
  private readonly timers: Timers
  /** When each caller's next refusal would be in its even pace; those who never were too fast are not here for long. */
  private readonly due = new Map<string, number>()

  constructor(now: Clock, timers: Timers) {
    this.now = now
    this.timers = timers
  }

  /** A caller is refused, and hears of it when this is over. */
  hold(caller: string, signal: AbortSignal | undefined): Promise<void> | undefined {
    const ms = this.holdMs(caller)
    return ms > 0 ? held(this.timers, ms, signal) : undefined
  }

  /** A caller is refused. For how long to hold that back, in ms. */
  holdMs(caller: string): number {
    const now = this.now()
    const due = Math.max(this.due.get(caller) ?? -Infinity, now - REFUSALS_FREE * REFUSAL_EACH_MS) + REFUSAL_EACH_MS
    const heldMs = Math.min(REFUSAL_HELD_MAX_MS, Math.max(0, due - now))
    // Set anew, so that the map stays in the order of use.
    this.due.delete(caller)
    this.due.set(caller, Math.min(due, now + REFUSAL_HELD_MAX_MS))
    for (const oldest of this.due.keys()) {
      if (this.due.size <= REMEMBERED_MAX) break
      this.due.delete(oldest)
    }
    return heldMs
  }
}
