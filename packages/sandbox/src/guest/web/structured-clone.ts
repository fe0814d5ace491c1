import { getPrototypeOf, stringOf } from '../primordials.ts'
import { type Blob, bytesOfBlob, File, isBlob } from './blob.ts'
import { isDataView, isDate, isMap, isNonSharedBuffer, isRegExp, isSet, primitiveIn, typeOfView } from './brands.ts'
import { infoOfKey, isKey, keyOf } from './crypto-key.ts'
import { DOMException } from './dom-exception.ts'
import { QuotaExceededError } from './quota-exceeded-error.ts'

/** What arrives: a copy of the value, and the objects that were moved along, in the order of their list. */
export interface Message {
  data: unknown
  ports: readonly object[]
}

/** A kind of object beside ArrayBuffer that is moved, not copied. */
export interface Transferable {
  is(value: unknown): boolean
  /** An empty one. */
  make(): object
  /** Last of all: until then copying may fail, and then nothing may have been moved. */
  move(from: object, to: object): void
}

const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError }

const transferables: Transferable[] = []

export function transferable(type: Transferable): void {
  transferables.push(type)
}

/** Copies a value with its cycles. What has no copy, a function above all, is a DataCloneError. */
export function structuredClone<T>(value: T, options: { transfer?: Iterable<unknown> } | null = {}): T {
  if (arguments.length === 0) throw new TypeError("Failed to execute 'structuredClone': 1 argument required")
  return cloneMessage(value, options?.transfer).data as T
}

/** The same for a message through a port, which cannot itself be sent along. */
export function cloneMessage(value: unknown, transfer: Iterable<unknown> = [], through?: object): Message {
  const list = [...transfer]
  const moved: { from: object; to: object; type: Transferable }[] = []
  for (const [at, from] of list.entries()) {
    const type = transferables.find((one) => one.is(from))
    const possible = type !== undefined || (isNonSharedBuffer(from) && !from.detached)
    if (!possible || from === through || list.indexOf(from) !== at) throw uncloneable(from)
    if (type !== undefined) moved.push({ from: from as object, to: type.make(), type })
  }
  const data = new Copying(moved.map(({ from, to }) => [from, to])).copy(value)
  for (const buffer of list) if (isNonSharedBuffer(buffer)) buffer.transfer(0)
  for (const { from, to, type } of moved) type.move(from, to)
  return { data, ports: moved.map(({ to }) => to) }
}

class Copying {
  readonly #copies: Map<object, object>

  constructor(known: [object, object][]) {
    this.#copies = new Map(known)
  }

  copy(value: unknown): unknown {
    if (typeof value === 'symbol' || typeof value === 'function') throw uncloneable(value)
    if (typeof value !== 'object' || value === null) return value
    return this.#copies.get(value) ?? this.#object(value)
  }

  #object(value: object): object {
    if (Array.isArray(value)) return this.#properties(value, this.#keep(value, sparse(value.length)))
    // Most objects are plain, and asking for each brand costs an exception.
    if (getPrototypeOf(value) === Object.prototype && !(Symbol.toStringTag in value)) return this.#plain(value)
    if (isDate(value)) return this.#keep(value, new Date(value.getTime()))
    if (isRegExp(value)) return this.#keep(value, new RegExp(value.source, value.flags))
    if (isMap(value)) return this.#map(value)
    if (isSet(value)) return this.#set(value)
    if (isNonSharedBuffer(value)) return this.#keep(value, copyBuffer(value))
    if (ArrayBuffer.isView(value)) return this.#view(value)
    if (isBlob(value)) return this.#keep(value, copyBlob(value))
    if (isKey(value)) return this.#keep(value, keyOf(infoOfKey(value)))
    if (value instanceof DOMException) return this.#keep(value, copyException(value))
    if (value instanceof Error) return this.#error(value)
    const primitive = primitiveIn(value)
    if (typeof primitive === 'symbol') throw uncloneable(value)
    if (primitive !== undefined) return this.#keep(value, Object(primitive) as object)
    if (Object.prototype.toString.call(value) !== '[object Object]') throw uncloneable(value)
    return this.#plain(value)
  }

  #keep<Copy extends object>(value: object, copy: Copy): Copy {
    this.#copies.set(value, copy)
    return copy
  }

  #plain(value: object): object {
    return this.#properties(value, this.#keep(value, {}))
  }

  #properties(value: object, copy: object): object {
    for (const key of Object.keys(value)) {
      // A getter may have taken it away.
      if (!Object.hasOwn(value, key)) continue
      const property = this.copy((value as Record<string, unknown>)[key])
      Object.defineProperty(copy, key, { value: property, writable: true, enumerable: true, configurable: true })
    }
    return copy
  }

  #map(value: Map<unknown, unknown>): Map<unknown, unknown> {
    const copy = this.#keep(value, new Map<unknown, unknown>())
    for (const [key, entry] of Array.from(value)) copy.set(this.copy(key), this.copy(entry))
    return copy
  }

  #set(value: Set<unknown>): Set<unknown> {
    const copy = this.#keep(value, new Set<unknown>())
    for (const entry of Array.from(value)) copy.add(this.copy(entry))
    return copy
  }

  #view(value: ArrayBufferView): object {
    const { byteOffset, byteLength } = value
    const length = isDataView(value) ? byteLength : (value as Uint8Array).length
    const buffer = this.copy(value.buffer) as ArrayBuffer
    const View = (isDataView(value) ? DataView : Reflect.get(globalThis, typeOfView(value) ?? '')) as typeof Uint8Array
    return this.#keep(value, new View(buffer, byteOffset, length))
  }

  #error(value: Error): Error {
    const name = stringOf(value.name)
    const Kind = Object.hasOwn(ERRORS, name) ? ERRORS[name as keyof typeof ERRORS] : Error
    const message = Object.getOwnPropertyDescriptor(value, 'message')
    const copy = this.#keep(value, message === undefined ? new Kind() : new Kind(stringOf(message.value)))
    copyStack(value, copy)
    if (Object.hasOwn(value, 'cause')) {
      Object.defineProperty(copy, 'cause', { value: this.copy(value.cause), writable: true, configurable: true })
    }
    return copy
  }
}

/** Of a length, and nothing in it. */
function sparse(length: number): unknown[] {
  const list: unknown[] = []
  list.length = length
  return list
}

function copyBuffer(buffer: ArrayBuffer): ArrayBuffer {
  if (buffer.detached) throw uncloneable(buffer)
  if (!buffer.resizable) return buffer.slice(0)
  const copy = new ArrayBuffer(buffer.byteLength, { maxByteLength: buffer.maxByteLength })
  new Uint8Array(copy).set(new Uint8Array(buffer))
  return copy
}

function copyBlob(blob: Blob): Blob {
  const { type } = blob
  if (!(blob instanceof File)) return blob.slice(0, blob.size, type)
  return new File([bytesOfBlob(blob)], blob.name, { type, lastModified: blob.lastModified })
}

function copyException(error: DOMException): DOMException {
  const copy =
    error instanceof QuotaExceededError
      ? new QuotaExceededError(error.message, {
          ...(error.quota === null ? {} : { quota: error.quota }),
          ...(error.requested === null ? {} : { requested: error.requested }),
        })
      : new DOMException(error.message, error.name)
  copyStack(error, copy)
  return copy
}

function copyStack(error: Error, copy: Error): void {
  if (typeof error.stack !== 'string') return
  Object.defineProperty(copy, 'stack', { value: error.stack, writable: true, configurable: true })
}

function uncloneable(value: unknown): DOMException {
  const what = typeof value === 'symbol' ? String(value) : typeof value === 'function' ? 'a function' : 'an object'
  return new DOMException(`${what} could not be cloned`, 'DataCloneError')
}
