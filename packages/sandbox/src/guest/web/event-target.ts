import { stringOf } from '../primordials.ts'
import { report } from '../report.ts'
import type { AbortSignal } from './abort.ts'
import { dispatch, Event } from './event.ts'

export type Listener = ((event: Event) => unknown) | { handleEvent(event: Event): unknown }

export interface ListenerOptions {
  capture?: boolean
  once?: boolean
  passive?: boolean
  signal?: AbortSignal
}

interface Registration {
  type: string
  listener: Listener
  capture: boolean
  once: boolean
  passive: boolean
  removed: boolean
}

/** Replaced, never changed: a dispatch goes through the list as it was at its start. */
type Registrations = readonly Registration[]

const NONE: Registrations = []

/** Those of targets that no constructor of ours has made. */
const others = new WeakMap<object, Registrations>()

/** Those of any target; undefined for what is none. */
let registrationsOf: (target: object) => Registrations | undefined
let register: (target: object, registrations: Registrations) => void

export class EventTarget {
  #registrations = NONE

  static {
    registrationsOf = (target) => (#registrations in target ? target.#registrations : others.get(target))
    register = (target, registrations) => {
      if (#registrations in target) target.#registrations = registrations
      else others.set(target, registrations)
    }
  }

  addEventListener(type: string, listener: Listener | null, options?: boolean | ListenerOptions): void {
    if (arguments.length < 2) throw new TypeError("Failed to execute 'addEventListener': 2 arguments required")
    const target = targetOf(this)
    const wanted = { type: stringOf(type), capture: captureOf(options) }
    const { once, passive, signal } = optionsOf(options)
    checkListener('addEventListener', listener)
    if (listener === null || listener === undefined || signal?.aborted) return
    const known = listOf(target)
    if (find(known, listener, wanted) !== undefined) return
    register(target, [...known, { ...wanted, listener, once, passive, removed: false }])
    if (signal !== undefined) onAbort(signal, () => remove(target, find(listOf(target), listener, wanted)))
  }

  removeEventListener(type: string, listener: Listener | null, options?: boolean | ListenerOptions): void {
    if (arguments.length < 2) throw new TypeError("Failed to execute 'removeEventListener': 2 arguments required")
    const target = targetOf(this)
    const wanted = { type: stringOf(type), capture: captureOf(options) }
    checkListener('removeEventListener', listener)
    remove(target, find(listOf(target), listener, wanted))
  }

  dispatchEvent(event: Event): boolean {
    if (!(event instanceof Event)) throw new TypeError("Failed to execute 'dispatchEvent': not an Event")
    return send(targetOf(this), event)
  }
}

/** Tells of an abort; known to `abort.ts`, which needs this file for itself. */
let onAbort: (signal: AbortSignal, then: () => void) => void

export function setOnAbort(how: typeof onAbort): void {
  onAbort = how
}

/** Makes a target of something that no constructor of ours has made: the global object. */
export function becomeTarget(target: object): void {
  others.set(target, NONE)
}

/** Dispatches an event that comes from the platform. True where nobody prevented what follows by default. */
export function fire(target: EventTarget, event: Event): boolean {
  dispatch.trust(event)
  return send(target, event)
}

export function hasListeners(target: object, type: string): boolean {
  return listOf(target).some((known) => known.type === type)
}

function send(target: EventTarget, event: Event): boolean {
  dispatch.start(event, target)
  for (const registration of listOf(target)) {
    if (registration.type !== event.type || registration.removed) continue
    if (registration.once) remove(target, registration)
    dispatch.passive(event, registration.passive)
    call(registration.listener, target, event)
    if (dispatch.stopped(event)) break
  }
  dispatch.passive(event, false)
  dispatch.end(event)
  return !event.defaultPrevented
}

/** Called as a plain function, a method of the global object is about that. */
function targetOf(receiver: EventTarget | undefined): EventTarget {
  const target = receiver ?? globalThis
  listOf(target)
  return target as EventTarget
}

function listOf(target: object): Registrations {
  const list = registrationsOf(target)
  if (list === undefined) throw new TypeError('Illegal invocation: not an EventTarget')
  return list
}

function find(
  list: Registrations,
  listener: Listener | null,
  { type, capture }: Pick<Registration, 'type' | 'capture'>,
): Registration | undefined {
  return list.find((known) => known.type === type && known.listener === listener && known.capture === capture)
}

function remove(target: object, registration: Registration | undefined): void {
  if (registration === undefined) return
  registration.removed = true
  register(
    target,
    listOf(target).filter((known) => known !== registration),
  )
}

function captureOf(options: boolean | ListenerOptions | null | undefined): boolean {
  return Boolean(isObject(options) ? options.capture : options)
}

/** What only adding reads. */
function optionsOf(options: boolean | ListenerOptions | null | undefined): {
  once: boolean
  passive: boolean
  signal: AbortSignal | undefined
} {
  if (!isObject(options)) return { once: false, passive: false, signal: undefined }
  const [once, passive] = [Boolean(options.once), Boolean(options.passive)]
  const { signal } = options
  if (signal !== undefined && !isObject(signal)) {
    throw new TypeError("Failed to execute 'addEventListener': the signal is not an AbortSignal")
  }
  return { once, passive, signal }
}

function checkListener(method: string, listener: unknown): void {
  if (listener === null || listener === undefined || isObject(listener)) return
  throw new TypeError(`Failed to execute '${method}': the listener is not an object`)
}

function isObject<T>(value: T): value is T & object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** An error in one listener is nobody else's. */
function call(listener: Listener, target: EventTarget, event: Event): void {
  try {
    if (typeof listener === 'function') listener.call(target, event)
    else if (typeof listener.handleEvent === 'function') listener.handleEvent(event)
    else throw new TypeError('a listener has no method handleEvent')
  } catch (thrown) {
    report('an event listener threw', thrown)
  }
}
