import { setImmediate as immediate, setTimeout as timeout, clearTimeout } from '../internal/timers.ts'

interface Options {
  signal?: AbortSignal
  ref?: boolean
}

export function setTimeout<T = void>(ms?: number, value?: T, { signal }: Options = {}): Promise<T> {
  return wait(signal, (go) => timeout(go, ms), value as T)
}

export function setImmediate<T = void>(value?: T, { signal }: Options = {}): Promise<T> {
  return wait(signal, (go) => immediate(go), value as T)
}

export async function* setInterval<T = void>(ms?: number, value?: T, options: Options = {}): AsyncGenerator<T, void> {
  for (;;) yield await setTimeout(ms, value as T, options)
}

export const scheduler: { wait: (ms: number, options?: Options) => Promise<void>; yield: () => Promise<void> } = {
  wait: (ms, options) => setTimeout(ms, undefined, options),
  yield: () => setImmediate(),
}

export default { setTimeout, setImmediate, setInterval, scheduler }

function wait<T>(
  signal: AbortSignal | undefined,
  start: (go: () => void) => ReturnType<typeof timeout>,
  value: T,
): Promise<T> {
  if (signal?.aborted === true) return Promise.reject(abortOf(signal))
  return new Promise((resolve, reject) => {
    const timer = start(() => {
      signal?.removeEventListener('abort', stop)
      resolve(value)
    })
    const stop = (): void => {
      clearTimeout(timer)
      reject(abortOf(signal))
    }
    signal?.addEventListener('abort', stop, { once: true })
  })
}

/** As Node makes them: not the DOM's kind. */
function abortOf(signal: AbortSignal | undefined): Error {
  const error = new Error('The operation was aborted', { cause: signal?.reason })
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' })
}
