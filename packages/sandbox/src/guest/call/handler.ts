import { getRequestState, type Request } from 'undici/lib/web/fetch/request.js'
import { ownKeys } from '../primordials.ts'
import { answerEvent, eventOf } from './scheduled.ts'
import { answerMethod, methodOf, onlyMethods } from './rpc.ts'

type Handle = (request: unknown, env: unknown, context: unknown) => unknown

let handle: Handle | undefined
let scheduled: Handle | undefined
const methods = new Map<string, (...args: unknown[]) => unknown>()

/** The entry module: the bundle, and a mark that its evaluation came to an end. */
interface Entry {
  bundle: Record<string, unknown>
  loaded: true
}

/** Takes the handler out of the entry module. See GuestPort. */
export function adopt(entry: object): boolean | string {
  if (!isLoaded(entry)) return false
  const { bundle } = entry
  adoptMethods(bundle)
  const target: unknown = bundle['default']
  if (hasMethod(target, 'scheduled')) scheduled = (event, env, context) => target.scheduled(event, env, context)
  if (hasMethod(target, 'fetch')) handle = (request, env, context) => target.fetch(request, env, context)
  else if (isFunction(target)) handle = target
  else if (scheduled === undefined && (target !== undefined || methods.size === 0))
    return `its default export is ${kindOf(target)}; it exports ${listOf(bundle)}`
  return true
}

/** A call of an export by name, where the request says so; else the default export answers. */
export function callHandler(request: Request, env: unknown, context: unknown): unknown {
  const { headersList } = getRequestState(request)
  const method = methodOf(headersList)
  if (method !== null) return answerMethod(methods, method, request)
  const event = eventOf(headersList)
  if (event !== undefined) return answerEvent(scheduled, event, env, context)
  return handle === undefined ? onlyMethods(methods) : handle(request, env, context)
}

function adoptMethods(bundle: Entry['bundle']): void {
  for (const name of ownKeys(bundle)) {
    if (typeof name !== 'string' || name === 'default') continue
    const value = bundle[name]
    if (isFunction(value)) methods.set(name, value)
  }
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

function hasMethod<Name extends string>(target: unknown, name: Name): target is Record<Name, Handle> {
  if (target === null || (typeof target !== 'object' && typeof target !== 'function')) return false
  return typeof (target as Record<string, unknown>)[name] === 'function'
}

function isFunction(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function' && !isClass(value)
}

function isClass(target: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(target))
}

function kindOf(target: unknown): string {
  if (target === undefined) return 'missing'
  if (target === null) return 'null'
  if (typeof target === 'function') return 'a class'
  return typeof target === 'object' ? 'an object without a method `fetch` or `scheduled`' : `a ${typeof target}`
}

function listOf(bundle: object): string {
  const names = ownKeys(bundle).filter((key) => typeof key === 'string')
  return names.length === 0 ? 'nothing' : names.slice(0, 10).join(', ')
}
