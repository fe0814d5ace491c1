import { LOG_CALL_MAX_CHARS, LOG_CALL_MAX_LINES, LOG_LINE_MAX_CHARS } from './wall/limits.ts'
import { current } from './call/calls.ts'
import { host } from './host.ts'

export type Level = 'debug' | 'info' | 'warn' | 'error'

/** Writes to the log within the present call's budget; past it costs no crossing. */
export function log(level: Level, text: string): void {
  const { logged } = current
  if (logged.cut) return
  const line = text.length > LOG_LINE_MAX_CHARS ? `${text.slice(0, LOG_LINE_MAX_CHARS)} … truncated` : text
  logged.chars += line.length
  logged.lines += 1
  logged.cut = logged.chars > LOG_CALL_MAX_CHARS || logged.lines > LOG_CALL_MAX_LINES
  if (logged.cut) host.log('warn', '… truncated: the call logged more than is kept')
  else host.log(level, line)
}
