/** All waiting of this package goes through here, so that tests can drive it. */
export interface Timers {
  /**
   * Runs something once after `ms`; returns how to call it off. The process may end while it waits, unless `hold` says
   * that somebody waits for the outcome.
   */
  after(ms: number, run: () => void, hold?: boolean): () => void
}

export const realTimers: Timers = {
  after(ms, run, hold = false) {
    const timer = setTimeout(run, ms)
    if (!hold) timer.unref()
    return () => clearTimeout(timer)
  },
}

/** Waits; rejects with the signal's reason when it aborts first. */
export function pause(timers: Timers, ms: number, signal: AbortSignal, hold?: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const stop = timers.after(
      ms,
      () => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      },
      hold,
    )
    const onAbort = (): void => {
      stop()
      reject(signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
