import { stringOf } from '../primordials.ts'
import { DOMException } from './dom-exception.ts'
import type { EventTarget } from './event-target.ts'

export interface EventInit {
  bubbles?: boolean
  cancelable?: boolean
  composed?: boolean
}

/** What dispatching does to an event and nobody else may. */
interface Dispatch {
  start(event: Event, target: EventTarget): void
  passive(event: Event, passive: boolean): void
  stopped(event: Event): boolean
  end(event: Event): void
}

let dispatch: Dispatch

export class Event {
  readonly type: string
  readonly bubbles: boolean
  readonly cancelable: boolean
  readonly composed: boolean
  readonly timeStamp: number = 0
  readonly isTrusted: boolean = false
  #target: EventTarget | null = null
  #dispatching = false
  #passive = false
  #stopped = false
  #stoppedAll = false
  #prevented = false

  static {
    dispatch = {
      start(event, target) {
        if (event.#dispatching) throw new DOMException('The event is being dispatched', 'InvalidStateError')
        event.#dispatching = true
        event.#target = target
      },
      passive(event, passive) {
        event.#passive = passive
      },
      stopped: (event) => event.#stoppedAll,
      end(event) {
        event.#dispatching = false
        event.#stopped = false
        event.#stoppedAll = false
      },
    }
  }

  constructor(type: unknown, init: EventInit = {}) {
    if (arguments.length === 0) throw new TypeError("Failed to construct 'Event': 1 argument required")
    this.type = stringOf(type)
    this.bubbles = Boolean(init.bubbles)
    this.cancelable = Boolean(init.cancelable)
    this.composed = Boolean(init.composed)
  }

  get target(): EventTarget | null {
    return this.#target
  }

  get srcElement(): EventTarget | null {
    return this.#target
  }

  get currentTarget(): EventTarget | null {
    return this.#dispatching ? this.#target : null
  }

  get eventPhase(): number {
    return this.#dispatching ? 2 : 0
  }

  get defaultPrevented(): boolean {
    return this.#prevented
  }

  get returnValue(): boolean {
    return !this.#prevented
  }

  get cancelBubble(): boolean {
    return this.#stopped
  }

  composedPath(): EventTarget[] {
    return this.#dispatching && this.#target !== null ? [this.#target] : []
  }

  preventDefault(): void {
    if (this.cancelable && !this.#passive) this.#prevented = true
  }

  stopPropagation(): void {
    this.#stopped = true
  }

  stopImmediatePropagation(): void {
    this.#stopped = true
    this.#stoppedAll = true
  }

  get [Symbol.toStringTag](): string {
    return 'Event'
  }
}

export class CustomEvent extends Event {
  readonly detail: unknown

  constructor(type: string, init: EventInit & { detail?: unknown } = {}) {
    super(type, init)
    this.detail = init.detail ?? null
  }

  override get [Symbol.toStringTag](): string {
    return 'CustomEvent'
  }
}

export { dispatch }
