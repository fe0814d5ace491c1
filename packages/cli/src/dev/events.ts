import { styleText } from 'node:util'
import type { HitherError, LogLine } from '@hither/core'
import { clean, errorText } from '../terminal/output.ts'
import { bytes, ms } from '../terminal/words.ts'

/** What happens while a handler is served, in the order in which it happens. With --json, each is a line. */
export type DevEvent =
  | { type: 'ready'; url: string; name: string }
  | { type: 'built'; cid: string; bytes: number; ms: number; warnings: string[] }
  | { type: 'build-failed'; error: HitherError }
  | { type: 'log'; level: LogLine['level']; text: string }
  | { type: 'cron'; cron: string; scheduledTime: number }
  | { type: 'crons-missed'; minutes: number }
  | { type: 'clock-put-back'; minutes: number }
  | { type: 'answered'; method: string; path: string; status: number; ms: number }
  | { type: 'failed'; method: string; path: string; ms: number; error: HitherError }

/** As a line of JSON has it. */
export function dataOf(event: DevEvent): unknown {
  return 'error' in event ? { ...event, error: { name: event.error.name, ...event.error.toWire() } } : event
}

export function wordsOf(event: DevEvent): string {
  switch (event.type) {
    case 'ready':
      return `${event.name} is at ${event.url} (Ctrl-C ends it)`
    case 'built':
      return dim([`built ${bytes(event.bytes)} in ${ms(event.ms)}`, ...event.warnings.map(clean)].join('\n'))
    case 'log':
      return event.level === 'error' || event.level === 'warn'
        ? styleText('yellow', clean(event.text))
        : clean(event.text)
    case 'cron':
      return dim(`cron ${event.cron} of ${new Date(event.scheduledTime).toISOString()}`)
    case 'crons-missed':
      return dim(`crons of ${event.minutes} minutes were missed: the machine slept`)
    case 'clock-put-back':
      return dim(`the clock was put back: crons of ${event.minutes} minutes come again`)
    case 'answered':
      return dim(`${event.method} ${clean(event.path)} ${event.status} ${ms(event.ms)}`)
    case 'failed':
      return `${dim(`${event.method} ${clean(event.path)} ${ms(event.ms)}`)}\n${errorText(event.error)}`
    default:
      return errorText(event.error)
  }
}

function dim(text: string): string {
  return styleText('dim', text)
}
