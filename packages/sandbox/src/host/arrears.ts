import { UNCHARGED_MS } from './limits.ts'

/**
 * What one process took of the processor, as the kernel counts it, and none of its calls was charged with. Of these it says itself how much
 * they took, and one that was taken over says what it likes, or burns between them: then its publisher owes the rest.
 */
export class Arrears {
  /** Of all that was counted, what was charged or is nobody's, in ms. */
  private settledMs: number | undefined
  private owedMs = 0

  /** A call of it was charged with so much. */
  charged(ms: number): void {
    if (this.settledMs !== undefined) this.settledMs += ms
  }

  /**
   * What more is owed than was told so far, or less: of `allMs` in its life, of which `openMs` were seen of calls that have not ended. Of short
   * turns nothing is seen, and what a call took in them is charged at its end, be it before it is counted.
   */
  settle(allMs: number, openMs: number, countedNow = true): number {
    const mostMs = allMs - openMs + UNCHARGED_MS
    this.settledMs ??= mostMs
    // What was charged beyond what was counted is no leave to burn as much between calls: it is said, or the least that a call costs.
    if (countedNow) this.settledMs = Math.min(this.settledMs, mostMs)
    const owedMs = Math.max(-this.owedMs, allMs - openMs - this.settledMs - this.owedMs)
    this.owedMs += owedMs
    return owedMs
  }
}
