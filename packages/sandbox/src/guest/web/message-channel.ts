import { EventHandler, type Handler } from './event-handler.ts'
import { EventTarget, fire } from './event-target.ts'
import { MessageEvent } from './message-event.ts'
import { cloneMessage, transferable, type Message } from './structured-clone.ts'
import { setTimeout } from './timers.ts'

let make: () => MessagePort
let entangle: (one: MessagePort, other: MessagePort) => void

/** Both ends of a channel are in the same isolate: messages are copied all the same, and come in a turn of their own. */
export class MessagePort extends EventTarget {
  static readonly #key = {}
  #other: MessagePort | undefined
  #queue: Message[] = []
  #started = false
  #delivers = false
  readonly #onmessage = new EventHandler(this, 'message')
  readonly #onmessageerror = new EventHandler(this, 'messageerror')

  static {
    make = () => new MessagePort(MessagePort.#key)
    entangle = (one, other) => {
      one.#other = other
      other.#other = one
    }
    transferable({
      is: (value) => typeof value === 'object' && value !== null && #queue in value,
      make,
      move: (from, to) => (from as MessagePort).#moveTo(to as MessagePort),
    })
  }

  constructor(key?: object) {
    if (key !== MessagePort.#key) throw new TypeError('Illegal constructor')
    super()
  }

  postMessage(message: unknown, options?: Iterable<object> | { transfer?: Iterable<object> }): void {
    if (arguments.length === 0) throw new TypeError("Failed to execute 'postMessage': 1 argument required")
    const transfer = options !== undefined && Symbol.iterator in options ? options : options?.transfer
    const copy = cloneMessage(message, transfer, this)
    if (this.#other !== undefined) this.#other.#take(copy)
  }

  start(): void {
    this.#started = true
    this.#deliverSoon()
  }

  close(): void {
    if (this.#other !== undefined) this.#other.#other = undefined
    this.#other = undefined
  }

  get onmessage(): Handler {
    return this.#onmessage.get()
  }

  set onmessage(handler: unknown) {
    this.#onmessage.set(handler)
    this.start()
  }

  get onmessageerror(): Handler {
    return this.#onmessageerror.get()
  }

  set onmessageerror(handler: unknown) {
    this.#onmessageerror.set(handler)
  }

  #take(message: Message): void {
    this.#queue.push(message)
    this.#deliverSoon()
  }

  #deliverSoon(): void {
    if (!this.#started || this.#delivers || this.#queue.length === 0) return
    this.#delivers = true
    setTimeout(() => {
      this.#delivers = false
      const message = this.#queue.shift()
      // One at a time, so that the microtasks of each run before the next.
      this.#deliverSoon()
      if (message !== undefined) fire(this, new MessageEvent('message', message))
    })
  }

  /** The other takes its place, and this one is closed. */
  #moveTo(port: MessagePort): void {
    if (this.#other !== undefined) entangle(port, this.#other)
    port.#queue = this.#queue
    this.#queue = []
    this.#started = false
    this.#other = undefined
  }
}

export class MessageChannel {
  readonly #port1 = make()
  readonly #port2 = make()

  constructor() {
    entangle(this.#port1, this.#port2)
  }

  get port1(): MessagePort {
    return this.#port1
  }

  get port2(): MessagePort {
    return this.#port2
  }
}
