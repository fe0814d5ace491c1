import { defineProperty, stringOf } from '../primordials.ts'
import { DOMException } from './dom-exception.ts'
import type { EventTarget } from './event-target.ts'
import { sinceStart } from './performance-clock.ts'

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
  /** It comes from the platform. */
  trust(event: Event): void
}

let dispatch: Dispatch

/** Every event has this as a property of its own, which cannot be replaced: the same getter for all. */
let isTrusted: { get(): boolean; enumerable: true }

export class Event {
  #type: string
  #bubbles: boolean
  #cancelable: boolean
  readonly #composed: boolean
  readonly #timeStamp = sinceStart()
  declare readonly isTrusted: boolean
  #trusted = false
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
      trust(event) {
        event.#trusted = true
      },
    }
    isTrusted = {
      get(this: Event) {
        return this.#trusted
      },
      enumerable: true,
    }
  }

  constructor(type: unknown, init: EventInit | null = {}) {
    if (arguments.length === 0) throw new TypeError("Failed to construct 'Event': 1 argument required")
    this.#type = stringOf(type)
    this.#bubbles = Boolean(init?.bubbles)
    this.#cancelable = Boolean(init?.cancelable)
    this.#composed = Boolean(init?.composed)
    defineProperty(this, 'isTrusted', isTrusted)
  }

  get type(): string {
    return this.#type
  }

  get bubbles(): boolean {
    return this.#bubbles
  }

  get cancelable(): boolean {
    return this.#cancelable
  }

  get composed(): boolean {
    return this.#composed
  }

  get timeStamp(): number {
    return this.#timeStamp
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
    return this.#dispatching ? PHASES.AT_TARGET : PHASES.NONE
  }

  get defaultPrevented(): boolean {
    return this.#prevented
  }

  get returnValue(): boolean {
    return !this.#prevented
  }

  set returnValue(value: unknown) {
    if (!value) this.preventDefault()
  }

  get cancelBubble(): boolean {
    return this.#stopped
  }

  set cancelBubble(value: unknown) {
    if (value) this.#stopped = true
  }

  composedPath(): EventTarget[] {
    return this.#dispatching && this.#target !== null ? [this.#target] : []
  }

  preventDefault(): void {
    if (this.#cancelable && !this.#passive) this.#prevented = true
  }

  stopPropagation(): void {
    this.#stopped = true
  }

  stopImmediatePropagation(): void {
    this.#stopped = true
    this.#stoppedAll = true
  }

  /** Of the time before there were constructors. */
  initEvent(type: unknown, bubbles: unknown = false, cancelable: unknown = false): void {
    if (arguments.length === 0) throw new TypeError("Failed to execute 'initEvent': 1 argument required")
    if (this.#dispatching) return
    this.#type = stringOf(type)
    this.#bubbles = Boolean(bubbles)
    this.#cancelable = Boolean(cancelable)
    this.#target = null
    this.#prevented = false
  }
}

const PHASES = { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 }

for (const [name, value] of Object.entries(PHASES)) {
  for (const holder of [Event, Event.prototype]) defineProperty(holder, name, { value, enumerable: true })
}

export class CustomEvent extends Event {
  readonly #detail: unknown

  constructor(type: unknown, init: (EventInit & { detail?: unknown }) | null = {}) {
    if (arguments.length === 0) throw new TypeError("Failed to construct 'CustomEvent': 1 argument required")
    super(type, init)
    this.#detail = init?.detail ?? null
  }

  get detail(): unknown {
    return this.#detail
  }
}

export { dispatch }
