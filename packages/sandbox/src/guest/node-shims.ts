import { Blob, File } from './web/blob.ts'
import { inspect as inspectValue } from './console/inspect.ts'
import { isDataView, isNonSharedBuffer, isTypedArray, typeOfView } from './web/brands.ts'
import { Buffer } from './node-globals.ts'
import { apply, isView, nothing, stringOf } from './primordials.ts'
import { afterAbort, type AbortSignal } from './web/abort.ts'
import { performance } from './web/performance.ts'
import { teeWithCopies } from './web/tee.ts'

/**
 * Node's modules as far as undici's fetch classes touch them, one export for each; the build fails on any other. What
 * only undici's network side uses is there in name only, so that it loads.
 */

export const assert: unknown = Object.assign(check, { ok: check, strictEqual, notStrictEqual })

const inspect = Object.assign((value: unknown) => inspectValue(value), {
  custom: Symbol.for('nodejs.util.inspect.custom'),
})

export const utilTypes: object = {
  isArrayBuffer: isNonSharedBuffer,
  isAnyArrayBuffer: isNonSharedBuffer,
  isSharedArrayBuffer: () => false,
  isArrayBufferView: isView,
  isTypedArray,
  isDataView,
  isUint8Array: (value: unknown) => typeOfView(value) === 'Uint8Array',
  // Nothing can tell from inside. `true` is the careful reading: undici then never skips the steps that a proxy would see.
  isProxy: () => true,
}

export const util: object = {
  types: utilTypes,
  inspect,
  formatWithOptions: (_options: object, ...values: unknown[]) => values.map((value) => inspect(value)).join(' '),
}

/** web-streams-polyfill keeps its slots as properties of these names. */
export const stream: object = {
  Transform: Object,
  Readable: Object,
  isErrored: (value: object) => Reflect.get(value, '_state') === 'errored',
  isDisturbed: (value: object) => Reflect.get(value, '_disturbed') === true,
}

/** For clones of requests and answers. */
export const streamWeb: object = { ReadableStreamTee: teeWithCopies }
export const buffer: object = { Buffer, Blob, File }
export const perfHooks: object = { performance }
export const workerThreads: object = { markAsUncloneable: nothing }
export const crypto: object = { randomInt: (max: number) => Math.floor(Math.random() * max) }

export const events: object = {
  EventEmitter: Object,
  addAbortListener(signal: AbortSignal, listener: () => void): object {
    return { [Symbol.dispose]: afterAbort(signal, () => apply(listener, signal, [])) }
  },
}

export const http: object = { IncomingMessage: Object }
export const net: object = {}
export const querystring: object = {}
export const zlib: object = {}
export const sqlite: object = {}

function check(value: unknown, message?: unknown): void {
  if (!value) throw message instanceof Error ? message : new Error(`assertion failed: ${stringOf(message)}`)
}

function strictEqual(a: unknown, b: unknown, message?: unknown): void {
  check(Object.is(a, b), message)
}

function notStrictEqual(a: unknown, b: unknown, message?: unknown): void {
  check(!Object.is(a, b), message)
}
