import type { ErrorCode } from './errors.ts'
import { ERRORS } from './errors.ts'
import type { Effects } from './manifest.ts'

/** Methods that HTTP itself calls safe: reading twice is reading once. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** May this call run more than once, as far as its author and HTTP say? Unknown effects count as undeclared. */
export function isRepeatable(method: string, effects: Effects = 'undeclared'): boolean {
  return effects !== 'undeclared' || SAFE_METHODS.has(method.toUpperCase())
}

/** After this failure, may the call go to another peer? */
export function mayGoElsewhere(code: ErrorCode, repeatable: boolean): boolean {
  const { retry } = ERRORS[code]
  return retry === 'elsewhere' || (retry === 'repeatable' && repeatable)
}
