import type { Clock } from '@hither/core'
import type { Timers } from './timers.ts'

export interface AlarmInit {
  timers: Timers
  now: Clock
  /** The earliest moment asked for has come; those asked for before are forgotten. */
  ring: () => void
}

/** One timer for many moments, of which only the earliest counts. */
export interface Alarm {
  /** By the clock given. */
  ringAt(moment: number): void
  stop(): void
}

export function alarm({ timers, now, ring }: AlarmInit): Alarm {
  let next = Infinity
  let stop = (): void => {}
  return {
    ringAt(moment) {
      if (moment >= next) return
      stop()
      next = moment
      stop = timers.after(Math.max(0, Math.ceil(moment - now())), () => {
        next = Infinity
        ring()
      })
    },
    stop: () => stop(),
  }
}
