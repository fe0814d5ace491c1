import { BaseError, captureStackTrace, construct, defineProperty, stringOf } from '../primordials.ts'

/** The errors of the web platform that are told apart by name; the old ones have a number too. */
const CODES = [
  'IndexSizeError',
  'DOMStringSizeError',
  'HierarchyRequestError',
  'WrongDocumentError',
  'InvalidCharacterError',
  'NoDataAllowedError',
  'NoModificationAllowedError',
  'NotFoundError',
  'NotSupportedError',
  'InUseAttributeError',
  'InvalidStateError',
  'SyntaxError',
  'InvalidModificationError',
  'NamespaceError',
  'InvalidAccessError',
  'ValidationError',
  'TypeMismatchError',
  'SecurityError',
  'NetworkError',
  'AbortError',
  'URLMismatchError',
  'QuotaExceededError',
  'TimeoutError',
  'InvalidNodeTypeError',
  'DataCloneError',
]

/** Those of the first browsers, whose names nothing has any more. */
const GONE = new Set(['DOMStringSizeError', 'NoDataAllowedError', 'ValidationError'])

/** Every one is made as an Error, which a class of its own cannot be without being a subclass; so its parts are kept here. */
const parts = new WeakMap<object, { message: string; name: string }>()

export class DOMException implements Error {
  declare readonly stack?: string

  constructor(message: unknown = '', name: unknown = 'Error') {
    const error = construct(BaseError, [], new.target) as DOMException
    parts.set(error, { message: stringOf(message), name: stringOf(name) })
    captureStackTrace(error, new.target)
    titleStack(error)
    return error
  }

  get name(): string {
    return partsOf(this).name
  }

  get message(): string {
    return partsOf(this).message
  }

  get code(): number {
    const { name } = partsOf(this)
    return GONE.has(name) ? 0 : CODES.indexOf(name) + 1
  }
}

Object.setPrototypeOf(DOMException.prototype, BaseError.prototype)

CODES.forEach((name, at) => {
  const constant = `${name
    .replace(/Error$/, '')
    .replace(/^(DOMString|InUse|URL)/, (word) => word.charAt(0) + word.slice(1).toLowerCase())
    .replace(/([a-z])(?=[A-Z])/g, '$1_')
    .toUpperCase()}_ERR`
  for (const holder of [DOMException, DOMException.prototype]) {
    Object.defineProperty(holder, constant, { value: at + 1, enumerable: true })
  }
})

/** V8 does not ask getters when it writes the first line. */
function titleStack(error: DOMException): void {
  const { stack } = error
  if (typeof stack !== 'string') return
  const frames = stack.indexOf('\n    at ')
  const value = `${error.name}: ${error.message}${frames < 0 ? '' : stack.slice(frames)}`
  defineProperty(error, 'stack', { value, writable: true, configurable: true })
}

function partsOf(error: object): { message: string; name: string } {
  const found = parts.get(error)
  if (found === undefined) throw new TypeError('Illegal invocation: not a DOMException')
  return found
}
