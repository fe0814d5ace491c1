import { HitherError } from '@hither/core'
import { pino, type Logger } from 'pino'
import { flag } from './options.ts'
import type { OptionValues } from './verb.ts'

/** Structured logs on stderr. Quiet: only what needs somebody's attention, unless --verbose or HITHER_LOG say more. */
export function logger(options: OptionValues): Logger {
  const level = process.env['HITHER_LOG'] ?? (flag(options, 'verbose') ? 'debug' : 'warn')
  if (level !== 'silent' && !Object.hasOwn(pino.levels.values, level)) {
    throw new HitherError('usage', `HITHER_LOG is "${level}"`, {
      fix: `use one of ${Object.keys(pino.levels.values).join(', ')}, silent`,
    })
  }
  return pino({ level, base: null }, pino.destination({ fd: 2, sync: true }))
}
