import type { Clock } from '@hither/core'
import type { Timers } from '../../src/timers.ts'

/** Time that passes only when told to. */
export interface ManualTime {
  now: Clock
  timers: Timers
  /** Lets time pass, running what falls due in order. */
  advance(ms: number): void
  /** Lets time pass while the process sleeps: what falls due runs only at the end. */
  sleep(ms: number): void
  pending(): number
}

export function manualTime(): ManualTime {
  let time = 1000
  let due: { at: number; run: () => void }[] = []
  const next = (until: number): { at: number; run: () => void } | undefined =>
    due.filter((one) => one.at <= until).sort((a, b) => a.at - b.at)[0]
  return {
    now: () => time,
    timers: {
      after(ms, run) {
        const entry = { at: time + ms, run }
        due.push(entry)
        return () => void (due = due.filter((one) => one !== entry))
      },
    },
    advance(ms) {
      const until = time + ms
      for (let one = next(until); one !== undefined; one = next(until)) {
        due = due.filter((other) => other !== one)
        time = Math.max(time, one.at)
        one.run()
      }
      time = until
    },
    sleep(ms) {
      time += ms
      for (let one = next(time); one !== undefined; one = next(time)) {
        due = due.filter((other) => other !== one)
        one.run()
      }
    },
    pending: () => due.length,
  }
}
