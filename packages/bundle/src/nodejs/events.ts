import EventEmitter from 'events/'
import type { EventEmitter as Emitter } from 'node:events'

/** The emitter is npm's copy of Node's own, older one; here is what came since. */
export const errorMonitor: unique symbol = Symbol('events.errorMonitor') as never
export const captureRejectionSymbol: unique symbol = Symbol.for('nodejs.rejection') as never
export const defaultMaxListeners = 10

type Name = string | symbol
type Listener = (...args: unknown[]) => void

const emit = EventEmitter.prototype.emit

EventEmitter.prototype.emit = function (this: Emitter, name: Name, ...args: never[]): boolean {
  if (name !== 'error') return Reflect.apply(emit, this, [name, ...args])
  if (this.listenerCount(errorMonitor) > 0) Reflect.apply(emit, this, [errorMonitor, ...args])
  const [thrown] = args as unknown[]
  if (this.listenerCount('error') > 0 || thrown instanceof Error) return Reflect.apply(emit, this, [name, ...args])
  const said = typeof thrown === 'string' ? `'${thrown}'` : String(thrown)
  throw Object.assign(new Error(`Unhandled error. (${said})`), { code: 'ERR_UNHANDLED_ERROR', context: thrown })
}

export function getEventListeners(emitter: Emitter, name: Name): Listener[] {
  return emitter.listeners(name) as Listener[]
}

export function getMaxListeners(emitter: Emitter): number {
  return emitter.getMaxListeners()
}

export function setMaxListeners(count: number, ...targets: Partial<Emitter>[]): void {
  if (targets.length === 0) EventEmitter.defaultMaxListeners = count
  // Event targets have no such method, and warn of nothing.
  for (const target of targets) target.setMaxListeners?.(count)
}

export function listenerCount(emitter: Emitter, name: Name): number {
  return emitter.listenerCount(name)
}

export function addAbortListener(signal: AbortSignal, listener: (event: Event) => void): Disposable {
  if (signal.aborted) queueMicrotask(() => listener(new Event('abort')))
  else signal.addEventListener('abort', listener, { once: true })
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', listener) }
}

interface Options {
  signal?: AbortSignal
}

/** Works for event targets as well. */
export function once(emitter: Emitter | EventTarget, name: Name, { signal }: Options = {}): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(abortOf(signal))
    if (emitter instanceof EventTarget) {
      return emitter.addEventListener(String(name), (event) => resolve([event]), { once: true })
    }
    const end = (settle: () => void): void => {
      emitter.off(name, done)
      emitter.off('error', failed)
      signal?.removeEventListener('abort', aborted)
      settle()
    }
    const done = (...args: unknown[]): void => end(() => resolve(args))
    const failed = (error: unknown): void => end(() => reject(error))
    const aborted = (): void => end(() => reject(abortOf(signal)))
    emitter.once(name, done)
    if (name !== 'error') emitter.once('error', failed)
    signal?.addEventListener('abort', aborted, { once: true })
  })
}

type Step = IteratorResult<unknown[], undefined>

/** Everything that is emitted from now on, in order, until the loop is left, an error comes or the signal aborts. */
export function on(
  emitter: Emitter,
  name: Name,
  { signal }: Options = {},
): AsyncIterableIterator<unknown[], undefined> {
  if (signal?.aborted === true) throw abortOf(signal)
  const came: unknown[][] = []
  const asked: { resolve: (step: Step) => void; reject: (error: unknown) => void }[] = []
  let failure: { error: unknown } | undefined
  let ended = false

  const take = (...args: unknown[]): void => {
    const first = asked.shift()
    if (first === undefined) came.push(args)
    else first.resolve({ done: false, value: args })
  }
  const end = (): Promise<Step> => {
    ended = true
    emitter.off(name, take)
    emitter.off('error', fail)
    signal?.removeEventListener('abort', aborted)
    for (const { resolve } of asked.splice(0)) resolve({ done: true, value: undefined })
    return Promise.resolve({ done: true, value: undefined })
  }
  const fail = (error: unknown): void => {
    const first = asked.shift()
    if (first === undefined) failure = { error }
    else first.reject(error)
    void end()
  }
  const aborted = (): void => fail(abortOf(signal))

  // Now and not at the first step: what is emitted until then belongs to it.
  emitter.on(name, take)
  if (name !== 'error') emitter.on('error', fail)
  signal?.addEventListener('abort', aborted)
  return {
    next() {
      const value = came.shift()
      if (value !== undefined) return Promise.resolve({ done: false, value })
      if (failure !== undefined) {
        const { error } = failure
        failure = undefined
        return Promise.reject(error)
      }
      if (ended) return end()
      return new Promise((resolve, reject) => asked.push({ resolve, reject }))
    },
    return: end,
    throw(error) {
      fail(error)
      return end()
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** What CommonJS gets from `require('events')`: the class, which carries the rest. */
Object.assign(EventEmitter, {
  addAbortListener,
  captureRejectionSymbol,
  errorMonitor,
  getEventListeners,
  getMaxListeners,
  listenerCount,
  on,
  once,
  setMaxListeners,
})

export { EventEmitter }
export default EventEmitter

function abortOf(signal: AbortSignal | undefined): Error {
  const error = new Error('The operation was aborted', { cause: signal?.reason })
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' })
}
