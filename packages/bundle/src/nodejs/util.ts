import { isDeepStrictEqual } from 'assert/build/internal/util/comparisons.js'
import inspecting from './internal/inspecting/index.ts'
import process from './process.ts'
import * as types from './util/types.ts'

type Callback = (error: unknown, value?: unknown) => void
type Task = (this: unknown, ...args: unknown[]) => unknown

export const { format, formatWithOptions, inspect, stripVTControlCharacters } = inspecting
export const { TextDecoder, TextEncoder } = globalThis
export const { isArray } = Array
export { isDeepStrictEqual, types }

export const promisify = Object.assign(
  (task: Task & { [promised]?: Task }): Task => {
    if (typeof task !== 'function') throw invalid('original', 'function')
    const own = task[promised]
    if (own !== undefined) return own
    const made: Task = function (...args) {
      return new Promise((resolve, reject) => {
        const done: Callback = (error, value) => (error ? reject(error) : resolve(value))
        Reflect.apply(task, this, [...args, done])
      })
    }
    return Object.defineProperties(made, Object.getOwnPropertyDescriptors(task) as PropertyDescriptorMap)
  },
  { custom: Symbol.for('nodejs.util.promisify.custom') },
)

const promised: unique symbol = promisify.custom as never

export function callbackify(task: Task): Task {
  if (typeof task !== 'function') throw invalid('original', 'function')
  return function (...args) {
    const done = args.pop() as Callback
    const settled = Reflect.apply(task, this, args) as Promise<unknown>
    settled.then(
      (value) => process.nextTick(() => done(null, value)),
      (error: unknown) => process.nextTick(() => done(error ?? new Error('Promise was rejected with a falsy value'))),
    )
  }
}

export function inherits(child: { prototype: object }, parent: { prototype: object }): void {
  Object.defineProperty(child, 'super_', { value: parent, writable: true, configurable: true })
  Object.setPrototypeOf(child.prototype, parent.prototype)
}

const warned = new Set<string>()

/** Warns at the first call; of one code, once in all. */
export function deprecate<F extends (...args: never[]) => unknown>(task: F, message: string, code = message): F {
  return function (this: unknown, ...args: never[]) {
    if (!warned.has(code)) process.emitWarning(message, 'DeprecationWarning')
    warned.add(code)
    return Reflect.apply(task, this, args)
  } as F
}

/** Speaks where NODE_DEBUG, a variable of the function, lists the section. */
export function debuglog(section: string): ((message: string, ...args: unknown[]) => void) & { enabled: boolean } {
  const sections = (process.env['NODE_DEBUG'] ?? '').toUpperCase().split(',')
  const enabled = sections.includes(section.toUpperCase())
  const log = (message: string, ...args: unknown[]): void => {
    if (enabled) console.error(`${section.toUpperCase()} ${process.pid}: ${format(message, ...args)}`)
  }
  return Object.assign(log, { enabled })
}

export { debuglog as debug }

export function toUSVString(text: unknown): string {
  return String(text).toWellFormed()
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** As with a terminal that shows them: whoever asks has decided to. */
export function styleText(styles: string | string[], text: string): string {
  return [styles].flat().reduceRight((inner, name) => {
    const codes = (inspect.colors as unknown as Record<string, number[] | undefined>)[name]
    if (codes === undefined) throw invalid('format', 'a style')
    return `\u001B[${codes[0]}m${inner}\u001B[${codes[1]}m`
  }, text)
}

function invalid(argument: string, wanted: string): TypeError {
  const error = new TypeError(`The "${argument}" argument must be of type ${wanted}.`)
  return Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' })
}

export default {
  aborted,
  callbackify,
  debug: debuglog,
  debuglog,
  deprecate,
  format,
  formatWithOptions,
  inherits,
  inspect,
  isArray,
  isDeepStrictEqual,
  promisify,
  stripVTControlCharacters,
  styleText,
  TextDecoder,
  TextEncoder,
  toUSVString,
  types,
}
