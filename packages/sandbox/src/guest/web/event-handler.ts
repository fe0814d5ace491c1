import type { Event } from './event.ts'
import type { EventTarget } from './event-target.ts'

export type Handler = ((this: unknown, event: Event) => unknown) | null

/** An attribute like `onabort`: one listener that can be replaced and keeps its place among the others. */
export class EventHandler {
  readonly #target: EventTarget
  readonly #type: string
  readonly #call: (handler: NonNullable<Handler>, event: Event) => void
  #handler: Handler = null
  #listens = false

  constructor(
    target: EventTarget,
    type: string,
    call: (handler: NonNullable<Handler>, event: Event) => void = (handler, event) => handler.call(target, event),
  ) {
    this.#target = target
    this.#type = type
    this.#call = call
  }

  get(): Handler {
    return this.#handler
  }

  set(handler: unknown): void {
    this.#handler = typeof handler === 'function' ? (handler as Handler) : null
    if (this.#handler === null || this.#listens) return
    this.#listens = true
    this.#target.addEventListener(this.#type, (event) => {
      if (this.#handler !== null) this.#call(this.#handler, event)
    })
  }
}
