import type { Clock } from '@hither/core'
import { LOG_CALL_MAX_BYTES, LOG_CALL_MAX_LINES, LOG_SECOND_MAX_BYTES, LOG_SECOND_MAX_LINES } from './limits.ts'

const SECOND_MS = 1000

/** What one function may still write. Kept by the child, and again by the parent, who does not believe the child. */
export class LogBudget {
  private readonly now: Clock
  // Loading counts as one call: a bundle may write while it is evaluated.
  private callBytes = LOG_CALL_MAX_BYTES
  private callLines = LOG_CALL_MAX_LINES
  private secondBytes = 0
  private secondLines = 0
  private secondAt = Number.NEGATIVE_INFINITY

  constructor(now: Clock) {
    this.now = now
  }

  /** A call begins; `running` counts it too. What earlier calls left unused is not saved up. */
  begin(running: number): void {
    this.callBytes = Math.min(this.callBytes + LOG_CALL_MAX_BYTES, LOG_CALL_MAX_BYTES * running)
    this.callLines = Math.min(this.callLines + LOG_CALL_MAX_LINES, LOG_CALL_MAX_LINES * running)
  }

  /** May a line of this length be written? */
  take(bytes: number): boolean {
    if (this.now() - this.secondAt >= SECOND_MS) {
      this.secondAt = this.now()
      this.secondBytes = LOG_SECOND_MAX_BYTES
      this.secondLines = LOG_SECOND_MAX_LINES
    }
    if (this.callLines < 1 || this.secondLines < 1 || this.callBytes < bytes || this.secondBytes < bytes) return false
    this.callLines -= 1
    this.secondLines -= 1
    this.callBytes -= bytes
    this.secondBytes -= bytes
    return true
  }
}
