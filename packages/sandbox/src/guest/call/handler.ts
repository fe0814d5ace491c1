import { ownKeys } from '../primordials.ts'

type Handle = (request: unknown, env: unknown, context: unknown) => unknown

let handle: Handle | undefined

/** The entry module: the bundle, and a mark that its evaluation came to an end. */
interface Entry {
  bundle: Record<string, unknown>
  loaded: true
}

/** Takes the handler out of the entry module. See GuestPort. */
export function adopt(entry: object): boolean | string {
  if (!isLoaded(entry)) return false
  const { bundle } = entry
  const target: unknown = bundle['default']
  if (hasFetch(target)) handle = (request, env, context) => target.fetch(request, env, context)
  else if (typeof target === 'function' && !isClass(target)) handle = target as Handle
  else return `its default export is ${kindOf(target)}; it exports ${listOf(bundle)}`
  return true
}

export function callHandler(request: unknown, env: unknown, context: unknown): unknown {
  return handle?.(request, env, context)
}

/** A binding cannot be read before the module behind it has been evaluated, and that waits for the bundle's awaits. */
function isLoaded(entry: object): entry is Entry {
  try {
    return (entry as Entry).loaded
  } catch {
    // The ReferenceError of a binding without a value.
    return false
  }
}

function hasFetch(target: unknown): target is { fetch: Handle } {
  if (target === null || (typeof target !== 'object' && typeof target !== 'function')) return false
  return typeof (target as { fetch?: unknown }).fetch === 'function'
}

function isClass(target: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(target))
}

function kindOf(target: unknown): string {
  if (target === undefined) return 'missing'
  if (target === null) return 'null'
  if (typeof target === 'function') return 'a class'
  return typeof target === 'object' ? 'an object without a method `fetch`' : `a ${typeof target}`
}

function listOf(bundle: object): string {
  const names = ownKeys(bundle).filter((key) => typeof key === 'string')
  return names.length === 0 ? 'nothing' : names.slice(0, 10).join(', ')
}
