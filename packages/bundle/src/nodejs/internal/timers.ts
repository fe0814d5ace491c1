import { bind, native } from './frame.ts'

/** Node's timers are objects. A function lives as long as its call, so there is nothing for `ref` and `unref` to change. */
export class Timeout {
  readonly #start: () => number
  readonly #repeats: boolean
  #id: number
  #closed = false
  #refed = true

  constructor(start: () => number, repeats: boolean) {
    this.#start = start
    this.#repeats = repeats
    this.#id = start()
  }

  refresh(): this {
    if (!this.#closed) {
      native.clearTimeout(this.#id)
      this.#id = this.#start()
    }
    return this
  }

  close(): this {
    native.clearTimeout(this.#id)
    this.#closed = true
    return this
  }

  ref(): this {
    this.#refed = true
    return this
  }

  unref(): this {
    this.#refed = false
    return this
  }

  hasRef(): boolean {
    return this.#refed
  }

  get _repeat(): boolean {
    return this.#repeats
  }

  /** The platform's own number, which its `clearTimeout` takes as well; also afterwards, for whoever keeps timers by it. */
  [Symbol.toPrimitive](): number {
    return this.#id
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

type Task = (...args: unknown[]) => void

export function setTimeout(task: Task, ms?: number, ...args: unknown[]): Timeout {
  const bound = bind(checked(task))
  return new Timeout(() => native.setTimeout(bound, ms, ...args), false)
}

export function setInterval(task: Task, ms?: number, ...args: unknown[]): Timeout {
  const bound = bind(checked(task))
  return new Timeout(() => native.setInterval(bound, ms, ...args), true)
}

/** After what is already due, which is as near to Node's own phase as there is here. */
export function setImmediate(task: Task, ...args: unknown[]): Timeout {
  const bound = bind(checked(task))
  return new Timeout(() => native.setTimeout(bound, 0, ...args), false)
}

export function clearTimeout(timer?: Timeout | number | string | null): void {
  if (timer instanceof Timeout) timer.close()
  else if (timer !== undefined && timer !== null) native.clearTimeout(Number(timer))
}

function checked(task: Task): Task {
  if (typeof task === 'function') return task
  throw Object.assign(new TypeError('The "callback" argument must be of type function'), {
    code: 'ERR_INVALID_ARG_TYPE',
  })
}
