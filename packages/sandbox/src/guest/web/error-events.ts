import { stringOf } from '../primordials.ts'
import { Event, type EventInit } from './event.ts'

export interface ErrorEventInit extends EventInit {
  message?: unknown
  filename?: unknown
  lineno?: unknown
  colno?: unknown
  error?: unknown
}

/** An error that nobody caught. */
export class ErrorEvent extends Event {
  readonly #init: { message: string; filename: string; lineno: number; colno: number; error: unknown }

  constructor(type: unknown, init: ErrorEventInit | null = {}) {
    if (arguments.length === 0) throw new TypeError("Failed to construct 'ErrorEvent': 1 argument required")
    super(type, init)
    const { message = '', filename = '', lineno = 0, colno = 0, error } = init ?? {}
    this.#init = {
      message: stringOf(message),
      filename: stringOf(filename),
      lineno: Number(lineno) >>> 0,
      colno: Number(colno) >>> 0,
      error,
    }
  }

  get message(): string {
    return this.#init.message
  }

  get filename(): string {
    return this.#init.filename
  }

  get lineno(): number {
    return this.#init.lineno
  }

  get colno(): number {
    return this.#init.colno
  }

  get error(): unknown {
    return this.#init.error
  }
}

/** A promise that was rejected and that nobody listened to, or only later. */
export class PromiseRejectionEvent extends Event {
  readonly #promise: object
  readonly #reason: unknown

  constructor(type: unknown, init: EventInit & { promise: object; reason?: unknown }) {
    if (arguments.length < 2) throw new TypeError("Failed to construct 'PromiseRejectionEvent': 2 arguments required")
    if (typeof init?.promise !== 'object' || init.promise === null) {
      throw new TypeError("Failed to construct 'PromiseRejectionEvent': the promise is missing")
    }
    super(type, init)
    this.#promise = init.promise
    this.#reason = init.reason
  }

  get promise(): object {
    return this.#promise
  }

  get reason(): unknown {
    return this.#reason
  }
}
