import type { Armed } from './guest-outbox.ts'

/** One timer of the process, for the next of an isolate. */
export class GuestTimer {
  readonly #fire: (armed: Armed) => void
  #armed: Armed | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(fire: (armed: Armed) => void) {
    this.#fire = fire
  }

  set(armed: Armed | undefined): void {
    if (armed === this.#armed) return
    clearTimeout(this.#timer)
    this.#armed = armed
    if (armed !== undefined) this.#timer = setTimeout(() => this.#fire(armed), armed.ms)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
