/**
 * What AsyncLocalStorage holds at this moment. There is no hook of V8's to carry it across `await`: so the bundler lowers
 * async functions where `node:async_hooks` is used, and everything that runs later is bound here to the present frame.
 */
export type Frame = ReadonlyMap<object, unknown> | undefined

let current: Frame

export function frame(): Frame {
  return current
}

/** Runs with another frame, and brings back the one before. */
export function within<T>(other: Frame, task: () => T): T {
  const before = current
  current = other
  try {
    return task()
  } finally {
    current = before
  }
}

/** For the rest of what runs now. What comes next from outside, maybe another call, must not find it. */
export function enter(other: Frame): void {
  current = other
  native.queueMicrotask(() => {
    current = undefined
  })
}

/** The same function, which will find the frame of this moment. */
export function bind<F>(task: F): F {
  const here = current
  if (here === undefined || typeof task !== 'function') return task
  const bound = function (this: unknown, ...args: unknown[]): unknown {
    return within(here, () => Reflect.apply(task, this, args))
  }
  return bound as F
}

/** The platform's own, taken before `node:async_hooks` puts bound ones in their place. */
export const native: {
  setTimeout: (task: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => number
  setInterval: (task: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => number
  clearTimeout: (id: number | undefined) => void
  queueMicrotask: (task: () => void) => void
  then: typeof Promise.prototype.then
} = {
  setTimeout: Reflect.get(globalThis, 'setTimeout') as never,
  setInterval: Reflect.get(globalThis, 'setInterval') as never,
  clearTimeout: Reflect.get(globalThis, 'clearTimeout'),
  queueMicrotask: globalThis.queueMicrotask,
  then: Promise.prototype.then,
}
