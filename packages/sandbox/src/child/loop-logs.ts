import type { Clock, LogLine } from '@hither/core'
import { LOG_LINE_MAX_CHARS } from '../ipc/limits.ts'
import { LogBudget } from '../ipc/log-budget.ts'

type Line = Omit<LogLine, 'cid'>

/** One function's console: cuts long lines, drops what is over the budget and says how much that was. */
export class LoopLogs {
  private readonly budget: LogBudget
  private readonly write: (line: Line) => void
  private dropped = 0

  constructor(now: Clock, write: (line: Line) => void) {
    this.budget = new LogBudget(now)
    this.write = write
  }

  begin(running: number): void {
    this.budget.begin(running)
  }

  add({ level, text }: Line): void {
    const cut = text.length > LOG_LINE_MAX_CHARS ? `${text.slice(0, LOG_LINE_MAX_CHARS)}…` : text
    if (this.budget.take(Buffer.byteLength(cut))) this.write({ level, text: cut })
    else this.dropped += 1
  }

  /** At the end of a call. */
  report(): void {
    if (this.dropped === 0) return
    this.write({ level: 'warn', text: `${this.dropped} lines were dropped: the function writes too much` })
    this.dropped = 0
  }
}
