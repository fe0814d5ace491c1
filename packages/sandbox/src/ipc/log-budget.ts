import type { Clock } from '@hither/core'
import {
  LOG_CALL_MAX_BYTES,
  LOG_CALL_MAX_LINES,
  LOG_FLOOD_MAX_LINES,
  LOG_SECOND_MAX_BYTES,
  LOG_SECOND_MAX_LINES,
} from './limits.ts'

const SECOND_MS = 1000

/** So much in a second, and no more. */
export class LogRate {
  private readonly now: Clock
  private readonly maxBytes: number
  private readonly maxLines: number
  private bytes = 0
  private lines = 0
  private dropped = 0
  private since = Number.NEGATIVE_INFINITY

  constructor(now: Clock, maxBytes: number, maxLines: number) {
    this.now = now
    this.maxBytes = maxBytes
    this.maxLines = maxLines
  }

  /** Lines that were too many in this second so far. */
  get droppedLines(): number {
    return this.dropped
  }

  /** May a line of this length be written? */
  take(bytes: number, may: boolean = true): boolean {
    if (this.now() - this.since >= SECOND_MS) {
      this.since = this.now()
      this.bytes = this.maxBytes
      this.lines = this.maxLines
      this.dropped = 0
    }
    if (!may || this.lines < 1 || this.bytes < bytes) {
      this.dropped += 1
      return false
    }
    this.lines -= 1
    this.bytes -= bytes
    return true
  }
}

/** What one function may still write. Kept by the child, and again by the parent, who does not believe the child. */
export class LogBudget {
  // Loading counts as one call: a bundle may write while it is evaluated.
  private callBytes = LOG_CALL_MAX_BYTES
  private callLines = LOG_CALL_MAX_LINES
  private readonly second: LogRate

  constructor(now: Clock) {
    this.second = new LogRate(now, LOG_SECOND_MAX_BYTES, LOG_SECOND_MAX_LINES)
  }

  /** It goes on and on, where a process that keeps its own budget would not have let it. */
  get flooded(): boolean {
    return this.second.droppedLines > LOG_FLOOD_MAX_LINES
  }

  /** A call begins; `running` counts it too. What earlier calls left unused is not saved up. */
  begin(running: number): void {
    this.callBytes = Math.min(this.callBytes + LOG_CALL_MAX_BYTES, LOG_CALL_MAX_BYTES * running)
    this.callLines = Math.min(this.callLines + LOG_CALL_MAX_LINES, LOG_CALL_MAX_LINES * running)
  }

  /** May a line of this length be written? */
  take(bytes: number): boolean {
    if (!this.second.take(bytes, this.callLines >= 1 && this.callBytes >= bytes)) return false
    this.callLines -= 1
    this.callBytes -= bytes
    return true
  }
}
