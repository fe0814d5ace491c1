import { bind, enter, frame, native, within, type Frame } from './internal/frame.ts'

/** What runs later keeps the frame it was made in: promises' reactions, timers and microtasks. */
Reflect.defineProperty(Promise.prototype, 'then', {
  value: function then(this: Promise<unknown>, done?: never, failed?: never) {
    return Reflect.apply(native.then, this, frame() === undefined ? [done, failed] : [bind(done), bind(failed)])
  },
  writable: true,
  configurable: true,
})
globalThis.queueMicrotask = (task) => native.queueMicrotask(bind(task))
Object.assign(globalThis, {
  setTimeout: (task: () => void, ...rest: never[]) => native.setTimeout(bind(task), ...rest),
  setInterval: (task: () => void, ...rest: never[]) => native.setInterval(bind(task), ...rest),
})

let lastId = 1

export class AsyncLocalStorage<T> {
  readonly name: string
  readonly #default: T | undefined

  constructor({ defaultValue, name = '' }: { defaultValue?: T; name?: string } = {}) {
    this.#default = defaultValue
    this.name = name
  }

  getStore(): T | undefined {
    const here = frame()
    return here?.has(this) === true ? (here.get(this) as T) : this.#default
  }

  run<R, Args extends unknown[]>(store: T, task: (...args: Args) => R, ...args: Args): R {
    return within(this.#with(store), () => task(...args))
  }

  exit<R, Args extends unknown[]>(task: (...args: Args) => R, ...args: Args): R {
    return within(this.#with(undefined), () => task(...args))
  }

  enterWith(store: T): void {
    enter(this.#with(store))
  }

  disable(): void {
    enter(this.#with(undefined))
  }

  #with(store: T | undefined): Frame {
    return new Map(frame()).set(this, store)
  }

  static bind<F extends (...args: never[]) => unknown>(task: F): F {
    return AsyncResource.bind(task)
  }

  static snapshot(): <R, Args extends unknown[]>(task: (...args: Args) => R, ...args: Args) => R {
    const here = frame()
    return (task, ...args) => within(here, () => task(...args))
  }
}

export class AsyncResource {
  readonly #frame = frame()
  readonly #id = ++lastId

  // Its type says what a tracer would show; there is none here.
  constructor(type: string) {
    if (typeof type !== 'string') throw new TypeError('The "type" argument must be of type string')
  }

  runInAsyncScope<This, R, Args extends unknown[]>(
    task: (this: This, ...args: Args) => R,
    self?: This,
    ...args: Args
  ): R {
    return within(this.#frame, () => Reflect.apply(task, self, args) as R)
  }

  bind<F extends (...args: never[]) => unknown>(task: F): F {
    const here = this.#frame
    return function (this: unknown, ...args: never[]) {
      return within(here, () => Reflect.apply(task, this, args))
    } as F
  }

  asyncId(): number {
    return this.#id
  }

  triggerAsyncId(): number {
    return 0
  }

  emitDestroy(): this {
    return this
  }

  static bind<F extends (...args: never[]) => unknown>(task: F, type = 'bound-anonymous-fn'): F {
    return new AsyncResource(type).bind(task)
  }
}

export function executionAsyncId(): number {
  return 0
}

export function triggerAsyncId(): number {
  return 0
}

export default { AsyncLocalStorage, AsyncResource, executionAsyncId, triggerAsyncId }
