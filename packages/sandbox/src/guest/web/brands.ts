import { apply, getPrototypeOf, getterOf, isView } from '../primordials.ts'

type Brand<T> = (value: unknown) => value is T

/** What a value really is, whatever its prototype or `Symbol.toStringTag` says. */

const tagOf = getterOf(getPrototypeOf(Uint8Array.prototype) as object, Symbol.toStringTag)
const { getTime } = Date.prototype as { getTime: (this: unknown) => number }

const hasByteLength: Brand<ArrayBuffer> = brand(getterOf(ArrayBuffer.prototype, 'byteLength'))
/** Mostly asked of views of one, for which the answer need not be thrown. */
export const isNonSharedBuffer: Brand<ArrayBuffer> = (value): value is ArrayBuffer =>
  !isView(value) && hasByteLength(value)
export const isMap: Brand<Map<unknown, unknown>> = brand(getterOf(Map.prototype, 'size'))
export const isSet: Brand<Set<unknown>> = brand(getterOf(Set.prototype, 'size'))
export const isDate: Brand<Date> = brand((value) => apply(getTime, value, []))
const hasSource: Brand<RegExp> = brand(getterOf(RegExp.prototype, 'source'))
export const isRegExp: Brand<RegExp> = (value): value is RegExp => value !== RegExp.prototype && hasSource(value)

const unboxers = [Boolean, Number, String, BigInt, Symbol].map(({ prototype }) => prototype.valueOf)

/** The primitive value that an object like `Object(1)` holds; undefined for all others. */
export function primitiveIn(value: object): unknown {
  for (const unbox of unboxers) {
    try {
      return apply(unbox, value, [])
    } catch {
      // Of another kind, or of none.
    }
  }
  return undefined
}

/** `Uint8Array` and so on; undefined for what is none. */
export function typeOfView(value: unknown): string | undefined {
  return isView(value) ? (tagOf(value) as string | undefined) : undefined
}

export function isTypedArray(value: unknown): value is Uint8Array {
  return typeOfView(value) !== undefined
}

export function isDataView(value: unknown): value is DataView {
  return isView(value) && tagOf(value) === undefined
}

function brand<T>(probe: (value: unknown) => unknown): Brand<T> {
  return (value): value is T => {
    if (typeof value !== 'object' || value === null) return false
    try {
      probe(value)
      return true
    } catch {
      // The getter throws on whatever is not of its brand: that is the answer.
      return false
    }
  }
}
