import { parse, stringify } from 'devalue'
import { HitherError } from './errors.ts'

/**
 * Calls of functions that a handler exports by name, as HTTP: POST with RPC_HEADER naming the export, as encodeURIComponent
 * gives it, and the encoded list of arguments as body; answered by the encoded result, or, with RPC_ERROR in the same header, by the encoded value that was thrown.
 * Runs in the isolate and in browsers as well, so it builds on nothing but a library.
 */
export const RPC_HEADER = 'hither-rpc'
export const RPC_ERROR = 'error'
export const RPC_TYPE = 'application/vnd.hither.rpc'

/**
 * What an answer's headers have where the handler has nothing that could answer: neither a default export nor, for its clock, a
 * `scheduled`. The body says so in words.
 */
export const NO_HANDLER_HEADER = 'hither-no-handler'

/** An encoded value: whoever decodes one this long serves nobody else for half a second. What is longer belongs in a body. */
export const RPC_MAX_CHARS: number = 8 * 1024 * 1024

/** Digits of a whole number: the time that it takes to read them grows faster than they do. */
const BIGINT_MAX_DIGITS = 100_000

/** Of an error's stack, so that a deep one does not outweigh what it belongs to. */
const STACK_MAX_CHARS = 8192

/**
 * A value as text: whatever structured clone copies, but for blobs and streams. Throws a DataCloneError where there is no copy of
 * something in it, a function above all, naming where it stands; and `too-large`.
 */
export function encodeRpc(value: unknown): string {
  const text = encode(value)
  if (text.length > RPC_MAX_CHARS) throw tooLong(text)
  return text
}

function encode(value: unknown): string {
  try {
    return stringify(value, { Error: partsOf, Instance: fieldsOf })
  } catch (thrown) {
    const { message, path } = thrown as { message: string; path?: string }
    const where = path === undefined || path === '' ? '' : ` (at ${path})`
    throw new DOMException(`${message}${where}`, 'DataCloneError')
  }
}

/** The value again. Throws `too-large`, and `bad-message` for what is none, or nests too deep. */
export function decodeRpc(text: string): unknown {
  if (text.length > RPC_MAX_CHARS) throw tooLong(text)
  try {
    const revivers = { Error: errorOf, Instance: (fields: unknown) => fields, BigInt: bigintOf }
    return parse(text, revivers, { operations: { createSparseArray: sparseArray } })
  } catch (cause) {
    throw new HitherError('bad-message', 'a value of an RPC call cannot be read', {
      why: cause instanceof Error ? cause.message : String(cause),
      cause,
    })
  }
}

function tooLong(text: string): HitherError {
  return new HitherError('too-large', `a value of an RPC call takes ${text.length} characters`, {
    why: `the limit is ${RPC_MAX_CHARS}`,
    fix: 'send it as the body of a request or of an answer',
  })
}

function bigintOf(digits: unknown): bigint {
  if (typeof digits !== 'string' || digits.length > BIGINT_MAX_DIGITS) {
    throw new RangeError(`a whole number has more than ${BIGINT_MAX_DIGITS} digits`)
  }
  return BigInt(digits)
}

/** The longest array with holes: a few bytes of text could claim billions of places, for whoever walks through them. */
const SPARSE_MAX_PLACES = 1_000_000

/** V8 makes room for all places at once, unless the array had one far out: many of these must not fill the memory either. */
function sparseArray(places: number): unknown[] {
  if (places > SPARSE_MAX_PLACES) throw new RangeError(`an array with holes has ${places} places`)
  const array: unknown[] = []
  array[2 ** 32 - 2] = undefined
  array.length = places
  return array
}

/** An error in transit. */
interface Parts {
  kind: string
  name: string
  message: string
  stack: string | undefined
  hasCause: boolean
  cause: unknown
  /** Of an AggregateError. */
  errors: unknown
  fields: object
}

/** Classes that are the same on both sides. Other errors keep their name. */
const KINDS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError }

function partsOf(value: unknown): Parts | undefined {
  if (!isError(value)) return undefined
  const { stack } = value
  return {
    kind: kindOf(value),
    name: value.name,
    message: value.message,
    stack: typeof stack === 'string' ? userFrames(stack).slice(0, STACK_MAX_CHARS) : undefined,
    hasCause: Object.hasOwn(value, 'cause'),
    cause: value.cause,
    errors: value instanceof AggregateError ? value.errors : undefined,
    fields: Object.fromEntries(Object.entries(value)),
  }
}

/** Without those of the runtime in the isolate, which are nobody's to mend. */
function userFrames(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => !/^\s*at .*\bhither:runtime:/.test(line))
    .join('\n')
}

/** Of whoever sent it nothing is known: what has another type than it should is left out. */
function errorOf(value: unknown): Error {
  const { kind, name, message, stack, hasCause, cause, errors, fields } = value as { [Field in keyof Parts]: unknown }
  const options = hasCause === true ? { cause } : undefined
  const error =
    kind === 'AggregateError' && Array.isArray(errors)
      ? new AggregateError(errors, textOf(message), options)
      : makeError(kind, textOf(name), textOf(message), options)
  if (typeof name === 'string' && error.name !== name) define(error, 'name', name)
  if (typeof stack === 'string') define(error, 'stack', stack)
  if (typeof fields === 'object' && fields !== null) Object.assign(error, fields)
  return error
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function makeError(kind: unknown, name: string, message: string, options: ErrorOptions | undefined): Error {
  if (kind === 'DOMException') return new DOMException(message, name)
  const Kind = Object.entries(KINDS).find(([known]) => known === kind)?.[1] ?? Error
  return new Kind(message, options)
}

function kindOf(error: Error): string {
  if (error instanceof DOMException) return 'DOMException'
  if (error instanceof AggregateError) return 'AggregateError'
  return Object.keys(KINDS).findLast((kind) => error instanceof KINDS[kind as keyof typeof KINDS]) ?? 'Error'
}

function define(error: Error, key: string, value: string): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true })
}

/** Structured clone keeps of an instance its own fields. */
function fieldsOf(value: unknown): object | undefined {
  if (typeof value !== 'object' || value === null || tagOf(value) !== '[object Object]') return undefined
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype ? undefined : { ...value }
}

function isError(value: unknown): value is Error {
  return value instanceof Error || tagOf(value) === '[object Error]'
}

function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value)
}
