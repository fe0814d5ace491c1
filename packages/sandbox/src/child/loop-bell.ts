import type { Clock } from '@hither/core'

/** So long answers may lie unheard, in ms: some twenty short turns. */
const UNHEARD_MAX_MS = 1

/** Wakes the parent, which does not always listen: see `ipc/frames.ts`. */
export class LoopBell {
  private readonly strike: () => void
  private readonly now: Clock
  /** Since when the parent does not listen. */
  private hushedMs: number | undefined
  /** What was written meanwhile is waited for. */
  private owed = false

  constructor(strike: () => void, now: Clock) {
    this.strike = strike
    this.now = now
  }

  /** `owed`: there is something already that is waited for. */
  hush(owed: boolean): void {
    this.hushedMs = this.now()
    this.owed = owed
  }

  /** All was written that it should hear. Nothing, where it listens. */
  ring(): void {
    if (this.hushedMs === undefined) return
    this.hushedMs = undefined
    this.strike()
  }

  /** A turn begins before which all is written; `long` where it is likely to last. */
  turn(long: boolean): void {
    if (this.hushedMs === undefined) return
    if (this.owed && (long || this.now() - this.hushedMs > UNHEARD_MAX_MS)) this.ring()
    this.owed = true
  }
}

/** Is a turn that took so much processor time one to be heard of before it begins? */
export function isLong(cpuMs: number): boolean {
  return cpuMs > UNHEARD_MAX_MS
}
