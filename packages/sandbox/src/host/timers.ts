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
