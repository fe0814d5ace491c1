import { HitherError } from '@hither/core'
import { pino, type Logger } from 'pino'
import { flag } from './options.ts'
import { clean, type Output } from './terminal/output.ts'
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

/** Warnings of a peer that lasts as long as a command, as lines beside its result; unless --json, --verbose or HITHER_LOG ask for the log itself. */
export function briefLogger(options: OptionValues, out: Pick<Output, 'note' | 'json'>): Logger {
  // Lines beside a result are none of --json's, but a warning is.
  if (out.json) return logger(options)
  if (process.env['HITHER_LOG'] !== undefined || flag(options, 'verbose')) return logger(options)
  return pino({ level: 'warn', base: null }, { write: (line) => out.note(warningOf(line)) })
}

function warningOf(line: string): string {
  const { msg, err, why } = JSON.parse(line) as { msg: string; err?: { message?: string }; why?: string }
  const reason = err?.message ?? why
  return clean(reason === undefined ? msg : `${msg}: ${reason}`)
}
