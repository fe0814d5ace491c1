/** Runs something once, later; returns how to call it off. */
export interface Timers {
  after(ms: number, run: () => void): () => void
}

export const systemTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms)
    // What is left of a runner that was never stopped should not keep its peer from exiting.
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/** Resolves after so long, or when nobody waits any more. */
export function held(timers: Timers, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      callOff()
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const callOff = timers.after(ms, end)
    signal?.addEventListener('abort', end, { once: true })
    if (signal?.aborted === true) end()
  })
}
