/**
 * What the runtime itself lives on, taken before user code can replace it. A function that patches its own
 * `Promise.prototype.then` or `Object.keys` may harm itself; it should not thereby silence its errors or its answers.
 */

export const { apply, construct, getPrototypeOf, ownKeys } = Reflect
export const { defineProperty, freeze, getOwnPropertyDescriptor } = Object
export const { isArray } = Array
export const { isView } = ArrayBuffer as { isView: (value: unknown) => value is ArrayBufferView }
export const { max } = Math
export const BaseError: ErrorConstructor = Error
/** V8's own: gives an object the stack of where it is called, from `above` on. */
export const { captureStackTrace } = Error as unknown as {
  captureStackTrace: (error: object, above: unknown) => void
}
export const BasePromise: PromiseConstructor = Promise
export const dateNow: () => number = Date.now
export const parseJson: (text: string) => unknown = JSON.parse
export const toJson: (value: unknown) => string = JSON.stringify
export const stringOf: (value: unknown) => string = String

export const nothing = (): void => {}

const { transfer } = ArrayBuffer.prototype as { transfer: (this: unknown, bytes: number) => unknown }

/** Gives the memory of a buffer back at once, which nobody else knows of: V8 would look through the whole heap for it each few MB. */
export function giveBack(buffer: ArrayBuffer): void {
  apply(transfer, buffer, [0])
}

/** The getter of a built-in prototype's property, as a function of its receiver. */
export function getterOf(prototype: object, key: PropertyKey): (receiver: unknown) => unknown {
  const { get } = (getOwnPropertyDescriptor(prototype, key) ?? {}) as { get?: (this: unknown) => unknown }
  if (get === undefined) throw new TypeError(`no getter ${stringOf(key)}`)
  return (receiver) => apply(get, receiver, [])
}
