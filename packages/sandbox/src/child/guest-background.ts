import { BACKGROUND_CALLS_MAX, BACKGROUND_MAX_MS } from '../guest/wall/limits.ts'
import type { IsolateCall } from './guest-call.ts'

export interface BackgroundInit {
  warn(text: string): void
  /** Whatever still runs of it is to end. `late`: by a timer, in no turn of its own. */
  end(call: IsolateCall, late: boolean): void
}

/** Calls of an isolate that have their answer and still run, the oldest first: so many, and so long. */
export class Background {
  readonly #init: BackgroundInit
  readonly #calls = new Set<IsolateCall>()

  constructor(init: BackgroundInit) {
    this.#init = init
  }

  add(call: IsolateCall): void {
    call.grace ??= setTimeout(() => {
      this.#init.warn(`what a call gave to waitUntil was ended ${BACKGROUND_MAX_MS} ms after its answer`)
      this.#init.end(call, true)
    }, BACKGROUND_MAX_MS)
    this.#calls.add(call)
    const [oldest] = this.#calls
    if (oldest === undefined || this.#calls.size <= BACKGROUND_CALLS_MAX) return
    this.#init.warn(`a call was ended after its answer: more than ${BACKGROUND_CALLS_MAX} went on`)
    this.#init.end(oldest, false)
  }

  delete(call: IsolateCall): void {
    this.#calls.delete(call)
  }
}
