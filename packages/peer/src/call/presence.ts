import type { Clock } from '@hither/core'
import { AWAY_MS, PRESENCE_LOOK_MS } from '../limits/calls.ts'
import type { Timers } from '../timers.ts'

/**
 * Whether this process was there to hear the answers that it waits for. One that computes for seconds, is stopped, or whose machine
 * sleeps hears all of them late, which says nothing of those who gave them.
 */
export interface Presence {
  /** An answer is waited for, until `end`. */
  begin(): void
  end(): void
  /** It was away for more than a moment since then, while it waited. */
  wasAway(since: number): boolean
}

export function presence(timers: Timers, now: Clock): Presence {
  return new Lookout(timers, now)
}

/** While something is waited for it looks at the clock every so often: who looks late was away. */
class Lookout implements Presence {
  private readonly timers: Timers
  private readonly now: Clock
  private waiting = 0
  private looksAt = Infinity
  private backAt = -Infinity

  constructor(timers: Timers, now: Clock) {
    this.timers = timers
    this.now = now
  }

  begin(): void {
    this.waiting += 1
    if (this.looksAt === Infinity) this.lookSoon()
  }

  end(): void {
    this.waiting -= 1
  }

  wasAway(since: number): boolean {
    // An answer may be heard before this looks.
    return this.backAt >= since || this.now() - this.looksAt >= AWAY_MS
  }

  private lookSoon(): void {
    this.looksAt = this.now() + PRESENCE_LOOK_MS
    this.timers.after(PRESENCE_LOOK_MS, this.look)
  }

  private readonly look = (): void => {
    const at = this.now()
    if (at - this.looksAt >= AWAY_MS) this.backAt = at
    this.looksAt = Infinity
    if (this.waiting > 0) this.lookSoon()
  }
}
