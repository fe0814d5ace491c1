import type { Clock } from '@hither/core'
import { CRIED_BYTES_PER_S, CRY_MS, LISTENS_MS } from '../../limits/news.ts'
import type { Timers } from '../../timers.ts'

/** A stream on which news can be told. */
export interface Listener {
  /** Says what is new; gives how many bytes that took. */
  tell(): number
}

export interface CrierInit {
  timers: Timers
  now: Clock
}

/**
 * Tells those who listen what is new of this peer, unasked: they call, it or others, and choose by what they hear. All of them share one budget, so that a peer whom many listen to tells each less often, and answers bring what matters in between.
 */
export interface Crier {
  /** It wants to hear: for a while, if it does not say so again. */
  listens(listener: Listener): void
  /** It does not, or its stream is over. */
  left(listener: Listener): void
  stop(): void
}

export function crier(init: CrierInit): Crier {
  return new BudgetCrier(init)
}

class BudgetCrier implements Crier {
  private readonly init: CrierInit
  /** When each said last that it listens; those that were told longest ago first. */
  private readonly listeners = new Map<Listener, number>()
  private credit = 0
  private stopTimer: (() => void) | undefined

  constructor(init: CrierInit) {
    this.init = init
  }

  listens(listener: Listener): void {
    this.listeners.set(listener, this.init.now())
    this.stopTimer ??= this.init.timers.after(CRY_MS, () => this.cry())
  }

  left(listener: Listener): void {
    this.listeners.delete(listener)
  }

  stop(): void {
    this.stopTimer?.()
    this.listeners.clear()
  }

  private cry(): void {
    const now = this.init.now()
    const most = (CRIED_BYTES_PER_S * CRY_MS) / 1000
    this.credit = Math.min(most, this.credit + most)
    // Whoever was told goes to the back of the line, which must not be gone through again.
    const line = [...this.listeners]
    for (const [listener, saidAt] of line) {
      if (this.credit <= 0) break
      this.listeners.delete(listener)
      if (now - saidAt >= LISTENS_MS) continue
      this.listeners.set(listener, saidAt)
      this.credit -= listener.tell()
    }
    this.stopTimer = this.listeners.size === 0 ? undefined : this.init.timers.after(CRY_MS, () => this.cry())
  }
}
