import { defineProperty, stringOf } from '../primordials.ts'
import { askFirst, report } from '../report.ts'
import { ErrorEvent } from './error-events.ts'
import type { Event } from './event.ts'
import { EventHandler } from './event-handler.ts'
import { becomeTarget, EventTarget, fire, hasListeners } from './event-target.ts'

/** The global object as a target of events: errors that nobody caught are told there before they go to the log. */

const scope = globalThis as unknown as EventTarget

type Method = (...args: unknown[]) => unknown

export const { addEventListener, removeEventListener, dispatchEvent } = EventTarget.prototype as unknown as Record<
  'addEventListener' | 'removeEventListener' | 'dispatchEvent',
  Method
>

becomeTarget(globalThis)
askFirst((thrown) => hasListeners(scope, 'error') && !fire(scope, errorEventOf(thrown)))

export function reportError(error: unknown): void {
  if (arguments.length === 0) throw new TypeError("Failed to execute 'reportError': 1 argument required")
  report('an error was reported', error)
}

/** Adds the attributes `onerror` and so on. */
export function addHandlers(): void {
  addHandler('error', (handler, event) => {
    const { message, filename, lineno, colno, error } = event as ErrorEvent
    const listener = handler as (...args: unknown[]) => unknown
    if (listener.call(globalThis, message, filename, lineno, colno, error) === true) event.preventDefault()
  })
  for (const type of ['unhandledrejection', 'rejectionhandled']) {
    addHandler(type, (handler, event) => {
      if (handler.call(globalThis, event) === false) event.preventDefault()
    })
  }
}

function addHandler(type: string, call: (handler: (event: Event) => unknown, event: Event) => void): void {
  const attribute = new EventHandler(scope, type, call)
  defineProperty(globalThis, `on${type}`, {
    get: () => attribute.get(),
    set: (handler) => attribute.set(handler),
    enumerable: true,
    configurable: true,
  })
}

function errorEventOf(thrown: unknown): ErrorEvent {
  return new ErrorEvent('error', { message: `Uncaught ${textOf(thrown)}`, error: thrown, cancelable: true })
}

function textOf(thrown: unknown): string {
  try {
    return stringOf(thrown)
  } catch {
    // Its own methods throw: that it was thrown is all that can be said.
    return 'an error that cannot be read'
  }
}
