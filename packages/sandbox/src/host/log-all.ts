import type { Clock, LogLine } from '@hither/core'
import { LogRate } from '../ipc/log-budget.ts'
import { LOG_ALL_MAX_BYTES, LOG_ALL_MAX_LINES } from './limits.ts'

/** Passes on the lines of all functions, as many as all of them together may write. */
export function logAll(write: (line: LogLine) => void, now: Clock): (line: LogLine) => void {
  const rate = new LogRate(now, LOG_ALL_MAX_BYTES, LOG_ALL_MAX_LINES)
  return (line) => {
    if (rate.take(Buffer.byteLength(line.text))) write(line)
    // Once a second, in place of the first that was too many.
    else if (rate.droppedLines === 1) {
      write({ ...line, level: 'warn', text: 'lines are dropped: all functions together write too much' })
    }
  }
}
