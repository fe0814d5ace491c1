import { stringOf } from '../primordials.ts'
import { type Blob, bytesOfBlob, File, isBlob } from './blob.ts'
import { isDataView, isDate, isMap, isNonSharedBuffer, isRegExp, isSet, typeOfView } from './brands.ts'
import { infoOfKey, isKey, keyOf } from './crypto-key.ts'
import { DOMException } from './dom-exception.ts'

const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError }

/** Copies a value with its cycles. What has no copy, a function above all, is a DataCloneError. */
export function structuredClone<T>(value: T, options: { transfer?: Iterable<unknown> } = {}): T {
  if (arguments.length === 0) throw new TypeError("Failed to execute 'structuredClone': 1 argument required")
  const transfer = new Set(options?.transfer)
  for (const buffer of transfer) {
    if (!isNonSharedBuffer(buffer) || buffer.detached) throw uncloneable(buffer)
  }
  return new Copying(transfer).copy(value) as T
}

class Copying {
  readonly #copies = new Map<object, object>()
  readonly #transfer: Set<unknown>

  constructor(transfer: Set<unknown>) {
    this.#transfer = transfer
  }

  copy(value: unknown): unknown {
    if (typeof value === 'symbol' || typeof value === 'function') throw uncloneable(value)
    if (typeof value !== 'object' || value === null) return value
    return this.#copies.get(value) ?? this.#object(value)
  }

  #object(value: object): object {
    if (Array.isArray(value)) return this.#properties(value, this.#keep(value, Array.from({ length: value.length })))
    if (isDate(value)) return this.#keep(value, new Date(value.getTime()))
    if (isRegExp(value)) return this.#keep(value, new RegExp(value.source, value.flags))
    if (isMap(value)) return this.#map(value)
    if (isSet(value)) return this.#set(value)
    if (isNonSharedBuffer(value))
      return this.#keep(value, this.#transfer.has(value) ? value.transfer() : value.slice(0))
    if (ArrayBuffer.isView(value)) return this.#view(value)
    if (isBlob(value)) return this.#keep(value, copyBlob(value))
    if (isKey(value)) return this.#keep(value, keyOf(infoOfKey(value)))
    if (value instanceof DOMException) return this.#keep(value, new DOMException(value.message, value.name))
    if (value instanceof Error) return this.#error(value)
    if (Object.prototype.toString.call(value) !== '[object Object]') throw uncloneable(value)
    return this.#properties(value, this.#keep(value, {}))
  }

  #keep<Copy extends object>(value: object, copy: Copy): Copy {
    this.#copies.set(value, copy)
    return copy
  }

  #properties(value: object, copy: object): object {
    for (const key of Object.keys(value)) {
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
    const Kind = name in ERRORS ? ERRORS[name as keyof typeof ERRORS] : Error
    const copy = this.#keep(value, new Kind(stringOf(value.message)))
    if (typeof value.stack === 'string') {
      Object.defineProperty(copy, 'stack', { value: value.stack, writable: true, configurable: true })
    }
    if (Object.hasOwn(value, 'cause')) {
      Object.defineProperty(copy, 'cause', { value: this.copy(value.cause), writable: true, configurable: true })
    }
    return copy
  }
}

function copyBlob(blob: Blob): Blob {
  const { type } = blob
  if (!(blob instanceof File)) return blob.slice(0, blob.size, type)
  return new File([bytesOfBlob(blob)], blob.name, { type, lastModified: blob.lastModified })
}

function uncloneable(value: unknown): DOMException {
  const what = typeof value === 'symbol' ? String(value) : typeof value === 'function' ? 'a function' : 'an object'
  return new DOMException(`${what} could not be cloned`, 'DataCloneError')
}
