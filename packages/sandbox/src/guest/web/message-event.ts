import { stringOf } from '../primordials.ts'
import { Event, type EventInit } from './event.ts'

export interface MessageEventInit extends EventInit {
  data?: unknown
  origin?: unknown
  lastEventId?: unknown
  source?: object | null
  ports?: Iterable<object>
}

export class MessageEvent extends Event {
  readonly #init: {
    data: unknown
    origin: string
    lastEventId: string
    source: object | null
    ports: readonly object[]
  }

  constructor(type: unknown, init: MessageEventInit | null = {}) {
    if (arguments.length === 0) throw new TypeError("Failed to construct 'MessageEvent': 1 argument required")
    super(type, init)
    const { data = null, origin = '', lastEventId = '', source = null, ports = [] } = init ?? {}
    this.#init = {
      data,
      origin: stringOf(origin),
      lastEventId: stringOf(lastEventId),
      source,
      ports: Object.freeze([...ports]),
    }
  }

  get data(): unknown {
    return this.#init.data
  }

  get origin(): string {
    return this.#init.origin
  }

  get lastEventId(): string {
    return this.#init.lastEventId
  }

  get source(): object | null {
    return this.#init.source
  }

  get ports(): readonly object[] {
    return this.#init.ports
  }
}
