import { now } from '../clock.ts'
import { log, type Level } from '../log.ts'
import { format } from './format.ts'
import { display, inspect } from './inspect.ts'
import { table } from './table.ts'

/** The console, as lines of the log. */

const counts = new Map<string, number>()
const timers = new Map<string, number>()
let indent = ''

/** Deeper groups would push all text out of the line. */
const INDENT_MAX_CHARS = 40

export const console: object = {
  log: (...args: unknown[]): void => write('info', format(args)),
  info: (...args: unknown[]): void => write('info', format(args)),
  debug: (...args: unknown[]): void => write('debug', format(args)),
  warn: (...args: unknown[]): void => write('warn', format(args)),
  error: (...args: unknown[]): void => write('error', format(args)),
  dir: (value: unknown): void => write('info', inspect(value)),
  dirxml: (...args: unknown[]): void => write('info', format(args)),
  clear: (): void => {
    indent = ''
  },

  trace(...args: unknown[]): void {
    const frames = (new Error().stack ?? '').split('\n').filter((line) => !line.includes('hither:runtime'))
    write('debug', [format(['Trace:', ...args]), ...frames.slice(1)].join('\n'))
  },

  assert(condition: unknown, ...args: unknown[]): void {
    if (condition) return
    write('error', format(args.length === 0 ? ['Assertion failed'] : ['Assertion failed:', ...args]))
  },

  table(data: unknown): void {
    write('info', table(data) ?? display(data))
  },

  count(label: unknown = 'default'): void {
    const count = (counts.get(String(label)) ?? 0) + 1
    counts.set(String(label), count)
    write('info', `${String(label)}: ${count}`)
  },

  countReset(label: unknown = 'default'): void {
    counts.delete(String(label))
  },

  group,
  groupCollapsed: group,

  groupEnd(): void {
    indent = indent.slice(2)
  },

  time(label: unknown = 'default'): void {
    timers.set(String(label), now())
  },

  timeLog(label: unknown = 'default', ...args: unknown[]): void {
    write('info', format([elapsed(String(label)), ...args]))
  },

  timeEnd(label: unknown = 'default'): void {
    write('info', elapsed(String(label)))
    timers.delete(String(label))
  },
}

function group(...args: unknown[]): void {
  if (args.length > 0) write('info', format(args))
  if (indent.length < INDENT_MAX_CHARS) indent += '  '
}

function write(level: Level, text: string): void {
  log(level, indent === '' ? text : text.replace(/^/gm, indent))
}

function elapsed(label: string): string {
  const started = timers.get(label)
  return started === undefined ? `no timer "${label}"` : `${label}: ${now() - started} ms`
}
