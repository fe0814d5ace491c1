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

export class EventTarget {
  #registrations: Registration[] = []

  addEventListener(type: string, listener: Listener | null, options: boolean | ListenerOptions = {}): void {
    const { capture, once, passive, signal } = asOptions(options)
    if (signal?.aborted) return
    if (listener === null || listener === undefined) return
    if (typeof listener !== 'function' && typeof listener !== 'object') {
      throw new TypeError("Failed to execute 'addEventListener': the listener is not an object")
    }
    if (this.#find(type, listener, capture) !== undefined) return
    this.#registrations = [
      ...this.#registrations,
      { type: stringOf(type), listener, capture, once, passive, removed: false },
    ]
    signal?.addEventListener('abort', () => this.removeEventListener(type, listener, { capture }))
  }

  removeEventListener(type: string, listener: Listener | null, options: boolean | ListenerOptions = {}): void {
    const found = this.#find(type, listener, asOptions(options).capture)
    if (found !== undefined) this.#remove(found)
  }

  dispatchEvent(event: Event): boolean {
    if (!(event instanceof Event)) throw new TypeError("Failed to execute 'dispatchEvent': not an Event")
    dispatch.start(event, this)
    // Adding replaces the list too, so this one stays as it was at the start.
    for (const registration of this.#registrations) {
      if (registration.type !== event.type || registration.removed) continue
      if (registration.once) this.#remove(registration)
      dispatch.passive(event, registration.passive)
      call(registration.listener, this, event)
      if (dispatch.stopped(event)) break
    }
    dispatch.passive(event, false)
    dispatch.end(event)
    return !event.defaultPrevented
  }

  get [Symbol.toStringTag](): string {
    return 'EventTarget'
  }

  #find(type: string, listener: Listener | null, capture: boolean): Registration | undefined {
    return this.#registrations.find(
      (known) => known.type === stringOf(type) && known.listener === listener && known.capture === capture,
    )
  }

  #remove(registration: Registration): void {
    registration.removed = true
    this.#registrations = this.#registrations.filter((known) => known !== registration)
  }
}

/** Only what is to be removed later need be known exactly; what is truthy counts as true. */
function asOptions(
  options: boolean | ListenerOptions | null,
): Required<Omit<ListenerOptions, 'signal'>> & ListenerOptions {
  const given: ListenerOptions =
    typeof options === 'object' && options !== null ? options : { capture: Boolean(options) }
  return { ...given, capture: !!given.capture, once: !!given.once, passive: !!given.passive }
}

/** An error in one listener is nobody else's. */
function call(listener: Listener, target: EventTarget, event: Event): void {
  try {
    if (typeof listener === 'function') listener.call(target, event)
    else listener.handleEvent(event)
  } catch (thrown) {
    report('an event listener threw', thrown)
  }
}
