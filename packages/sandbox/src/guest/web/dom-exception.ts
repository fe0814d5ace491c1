import { stringOf } from '../primordials.ts'

/** The errors of the web platform that are told apart by name; the old ones have a number too. */
const CODES: Record<string, number> = {
  IndexSizeError: 1,
  HierarchyRequestError: 3,
  WrongDocumentError: 4,
  InvalidCharacterError: 5,
  NoModificationAllowedError: 7,
  NotFoundError: 8,
  NotSupportedError: 9,
  InUseAttributeError: 10,
  InvalidStateError: 11,
  SyntaxError: 12,
  InvalidModificationError: 13,
  NamespaceError: 14,
  InvalidAccessError: 15,
  TypeMismatchError: 17,
  SecurityError: 18,
  NetworkError: 19,
  AbortError: 20,
  URLMismatchError: 21,
  QuotaExceededError: 22,
  TimeoutError: 23,
  InvalidNodeTypeError: 24,
  DataCloneError: 25,
}

export class DOMException extends Error {
  readonly #name: string

  constructor(message: unknown = '', name: unknown = 'Error') {
    super(stringOf(message))
    this.#name = stringOf(name)
  }

  override get name(): string {
    return this.#name
  }

  get code(): number {
    return Object.hasOwn(CODES, this.#name) ? (CODES[this.#name] ?? 0) : 0
  }

  get [Symbol.toStringTag](): string {
    return 'DOMException'
  }
}

for (const [name, value] of Object.entries(CODES)) {
  const constant = `${name
    .replace(/Error$/, '')
    .replace(/([a-z])(?=[A-Z])/g, '$1_')
    .toUpperCase()}_ERR`
  for (const holder of [DOMException, DOMException.prototype]) {
    Object.defineProperty(holder, constant, { value, enumerable: true })
  }
}
