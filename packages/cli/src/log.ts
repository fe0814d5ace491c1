import { pino, type Logger } from 'pino'
import { flag } from './options.ts'
import type { OptionValues } from './verb.ts'

/** Structured logs on stderr. Quiet: only what needs somebody's attention, unless --verbose or HITHER_LOG say more. */
export function logger(options: OptionValues): Logger {
  const level = process.env['HITHER_LOG'] ?? (flag(options, 'verbose') ? 'debug' : 'error')
  return pino({ level, base: null }, pino.destination({ fd: 2, sync: true }))
}
