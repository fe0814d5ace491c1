/** Runs something once, later; returns how to call it off. */
export interface Timers {
  after(ms: number, run: () => void): () => void
}

export const systemTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms)
    // What is only looked at again later is no reason to stay.
    timer.unref()
    return () => clearTimeout(timer)
  },
}
