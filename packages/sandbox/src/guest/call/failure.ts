import { ERROR_MESSAGE_MAX_CHARS, ERROR_NAME_MAX_CHARS, ERROR_STACK_MAX_CHARS } from '../wall/limits.ts'
import { display } from '../console/inspect.ts'
import { BaseError, stringOf } from '../primordials.ts'

export interface Described {
  name: string
  message: string
  stack: string
}

/** Whatever was thrown, as three texts of bounded length; what is no error has no name. Getters of it may run, and may throw. */
export function describe(thrown: unknown): Described {
  try {
    if (thrown instanceof BaseError) return errorParts(thrown)
    return { name: '', message: display(thrown).slice(0, ERROR_MESSAGE_MAX_CHARS), stack: '' }
  } catch {
    // Its own getters throw: there is nothing more to be told about it.
    return { name: 'Error', message: 'an error that cannot be read', stack: '' }
  }
}

function errorParts(error: Error): Described {
  return {
    name: stringOf(error.name).slice(0, ERROR_NAME_MAX_CHARS),
    message: stringOf(error.message).slice(0, ERROR_MESSAGE_MAX_CHARS),
    stack: stringOf(error.stack ?? '').slice(0, ERROR_STACK_MAX_CHARS),
  }
}
