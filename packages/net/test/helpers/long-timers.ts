import { realTimers, type Timers } from '../../src/timers.ts'

/** Real timers, but those of a second and more fall due only when told that so much time has passed since they began. */
export interface LongTimers extends Timers {
  pass(ms: number): void
}

export function longTimers(): LongTimers {
  const long = new Set<{ ms: number; run: () => void }>()
  return {
    after(ms, run, hold) {
      if (ms < 1_000) return realTimers.after(ms, run, hold)
      const entry = { ms, run }
      long.add(entry)
      return () => long.delete(entry)
    },
    pass(ms) {
      for (const entry of [...long].filter((one) => one.ms <= ms)) {
        if (long.delete(entry)) entry.run()
      }
    },
  }
}
