/** Brands are told as far as the language shows them. */

const tag = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1)
const is =
  (name: string) =>
  (value: unknown): boolean =>
    typeof value === 'object' && value !== null && tag(value) === name
const isFunctionOf =
  (name: string) =>
  (value: unknown): boolean =>
    typeof value === 'function' && tag(value) === name
const boxed =
  (type: string) =>
  (value: unknown): boolean =>
    typeof value === 'object' && value !== null && tag(value) === type && typeof value.valueOf() === type.toLowerCase()

const viewName = (value: unknown): string | undefined =>
  ArrayBuffer.isView(value) && !(value instanceof DataView)
    ? (Reflect.get(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag, value) as string)
    : undefined
const isView =
  (name: string) =>
  (value: unknown): boolean =>
    viewName(value) === name

export const isArgumentsObject = is('Arguments')
export const isArrayBuffer = is('ArrayBuffer')
export const isAnyArrayBuffer = is('ArrayBuffer')
export const isArrayBufferView = (value: unknown): boolean => ArrayBuffer.isView(value)
export const isAsyncFunction = isFunctionOf('AsyncFunction')
export const isBigInt64Array = isView('BigInt64Array')
export const isBigIntObject = boxed('BigInt')
export const isBigUint64Array = isView('BigUint64Array')
export const isBooleanObject = boxed('Boolean')
export const isCryptoKey = is('CryptoKey')
export const isDataView = (value: unknown): boolean => value instanceof DataView
export const isDate = is('Date')
export const isExternal = (): boolean => false
export const isFloat32Array = isView('Float32Array')
export const isFloat64Array = isView('Float64Array')
export const isGeneratorFunction = (value: unknown): boolean =>
  isFunctionOf('GeneratorFunction')(value) || isFunctionOf('AsyncGeneratorFunction')(value)
export const isGeneratorObject = is('Generator')
export const isInt16Array = isView('Int16Array')
export const isInt32Array = isView('Int32Array')
export const isInt8Array = isView('Int8Array')
export const isKeyObject = is('KeyObject')
export const isMap = is('Map')
export const isMapIterator = is('Map Iterator')
export const isModuleNamespaceObject = is('Module')
/** TypeScript's library of this year does not have it yet. */
export const isNativeError = (Error as unknown as { isError: (value: unknown) => boolean }).isError
export const isNumberObject = boxed('Number')
export const isPromise = (value: unknown): boolean => value instanceof Promise
export const isProxy = (): boolean => false
export const isRegExp = is('RegExp')
export const isSet = is('Set')
export const isSetIterator = is('Set Iterator')
export const isSharedArrayBuffer = (): boolean => false
export const isStringObject = boxed('String')
export const isSymbolObject = boxed('Symbol')
export const isTypedArray = (value: unknown): boolean => viewName(value) !== undefined
export const isUint16Array = isView('Uint16Array')
export const isUint32Array = isView('Uint32Array')
export const isUint8Array = isView('Uint8Array')
export const isUint8ClampedArray = isView('Uint8ClampedArray')
export const isWeakMap = is('WeakMap')
export const isWeakSet = is('WeakSet')
export const isBoxedPrimitive = (value: unknown): boolean =>
  [isNumberObject, isStringObject, isBooleanObject, isBigIntObject, isSymbolObject].some((test) => test(value))
