import { INSPECT_MAX_DEPTH, INSPECT_MAX_ENTRIES, LOG_LINE_MAX_CHARS } from '../wall/limits.ts'
import { BaseError, getOwnPropertyDescriptor, getPrototypeOf, isArray, ownKeys, stringOf } from '../primordials.ts'
import { isDate, isMap, isNonSharedBuffer, isRegExp, isSet, isTypedArray } from '../web/brands.ts'

/** A value as text for people: one line where it is short. Runs no getter, ends in bounded time, never throws. */
export function inspect(value: unknown): string {
  return new Inspection().text(value, 0)
}

/** The same, but a string stands for itself. */
export function display(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value)
}

const LINE_CHARS = 76

class Inspection {
  readonly #path = new Set<object>()
  #spent = 0

  text(value: unknown, depth: number): string {
    const text = this.#text(value, depth)
    this.#spent += text.length
    return text
  }

  #text(value: unknown, depth: number): string {
    if (typeof value === 'string') return quote(value)
    if (typeof value === 'bigint') return `${value}n`
    if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return stringOf(value)
    if (this.#path.has(value)) return '[Circular]'
    this.#path.add(value)
    try {
      return this.#object(value, depth)
    } catch {
      // A proxy's trap or a revoked proxy: there is nothing to be seen of it.
      return '[object]'
    } finally {
      this.#path.delete(value)
    }
  }

  #object(value: object, depth: number): string {
    if (typeof value === 'function') return functionName(value)
    if (value instanceof BaseError) return this.#error(value, depth)
    if (isDate(value)) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
    if (isRegExp(value)) return stringOf(value)
    const name = className(value)
    if (depth > INSPECT_MAX_DEPTH || this.#spent > LOG_LINE_MAX_CHARS) return `[${name || 'Object'}]`
    if (isMap(value)) {
      const pairs = this.#entries(value.entries(), value.size, ([key, entry]) => {
        return `${this.text(key, depth + 1)} => ${this.text(entry, depth + 1)}`
      })
      return layOut(`Map(${value.size}) {`, pairs, '}', depth)
    }
    if (isSet(value)) {
      const entries = this.#entries(value.values(), value.size, (entry) => this.text(entry, depth + 1))
      return layOut(`Set(${value.size}) {`, entries, '}', depth)
    }
    if (isNonSharedBuffer(value)) return `ArrayBuffer { byteLength: ${value.byteLength} }`
    if (isArray(value) || isTypedArray(value)) {
      const entries = this.#entries(value.values(), value.length, (entry) => this.text(entry, depth + 1))
      return layOut(isArray(value) ? '[' : `${name}(${value.length}) [`, entries, ']', depth)
    }
    const keys = ownKeys(value).filter((key) => getOwnPropertyDescriptor(value, key)?.enumerable)
    const fields = this.#entries(keys, keys.length, (key) => this.#field(value, key, depth))
    return layOut(name === 'Object' ? '{' : `${name || '[Object: null prototype]'} {`, fields, '}', depth)
  }

  #entries<T>(entries: Iterable<T>, count: number, text: (entry: T) => string): string[] {
    const texts: string[] = []
    for (const entry of entries) {
      if (texts.length === INSPECT_MAX_ENTRIES || this.#spent > LOG_LINE_MAX_CHARS) {
        texts.push(`… ${count - texts.length} more`)
        break
      }
      texts.push(text(entry))
    }
    return texts
  }

  #field(value: object, key: string | symbol, depth: number): string {
    const descriptor = getOwnPropertyDescriptor(value, key)
    const name = typeof key === 'symbol' ? `[${stringOf(key)}]` : /^[\w$]+$/.test(key) ? key : quote(key)
    if (descriptor?.get !== undefined || descriptor?.set !== undefined) return `${name}: [Getter]`
    return `${name}: ${this.text(descriptor?.value, depth + 1)}`
  }

  #error(error: Error, depth: number): string {
    const stack = stringOf(error.stack ?? `${error.name}: ${error.message}`)
    const frames = stack.split('\n').filter((line) => !line.includes('hither:runtime'))
    const text = depth === 0 ? frames.join('\n') : `[${frames[0] ?? ''}]`
    if (error.cause === undefined || depth > INSPECT_MAX_DEPTH) return text
    return `${text}\n  [cause]: ${this.text(error.cause, depth + 1)}`
  }
}

function layOut(open: string, parts: string[], close: string, depth: number): string {
  if (parts.length === 0) return open + close
  const line = `${open} ${parts.join(', ')} ${close}`
  if (line.length <= LINE_CHARS && !line.includes('\n')) return line
  const indent = '  '.repeat(depth + 1)
  return `${open}\n${indent}${parts.join(`,\n${indent}`)}\n${'  '.repeat(depth)}${close}`
}

function quote(text: string): string {
  return `'${text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/'/g, "\\'")}'`
}

function functionName(value: object): string {
  const name: unknown = getOwnPropertyDescriptor(value, 'name')?.value
  const kind = /^class\b/.test(Function.prototype.toString.call(value)) ? 'class' : 'Function'
  return typeof name === 'string' && name !== '' ? `[${kind}: ${name}]` : `[${kind} (anonymous)]`
}

/** The constructor's name, found without running a getter. */
function className(value: object): string {
  const prototype = getPrototypeOf(value)
  if (prototype === null) return ''
  const constructor: unknown = getOwnPropertyDescriptor(prototype, 'constructor')?.value
  const name = typeof constructor === 'function' ? getOwnPropertyDescriptor(constructor, 'name')?.value : undefined
  return typeof name === 'string' && name !== '' ? name : 'Object'
}
