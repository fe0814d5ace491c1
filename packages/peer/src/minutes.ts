import type { Timers } from './timers.ts'

const MINUTE_MS = 60_000

/** How far a clock that is put back may be waited for, in minutes: who sets it right moves it by less, and what would be silent longer is missed. */
const AWAITED_MINUTES = 5

export interface MinutesInit {
  /** Ms since 1970. */
  wallClock: () => number
  timers: Timers
  /** A minute has begun, told once, in ms since 1970. Never the one in which this began: whoever was here before may have had it. */
  onMinute: (startMs: number) => void
  /** So many minutes went by unseen: the machine slept, or its clock was put forward. */
  onMissed: (count: number) => void
  /** The clock was put back by so many minutes, which are told again from the next one on. */
  onPutBack: (count: number) => void
}

/** Tells each minute of the clock once, unless that is put back by far. Gives how to end it. */
export function minutes({ wallClock, timers, onMinute, onMissed, onPutBack }: MinutesInit): () => void {
  let last = Math.floor(wallClock() / MINUTE_MS)
  let callOff = (): void => {}
  const look = (): void => {
    const now = Math.floor(wallClock() / MINUTE_MS)
    // A clock that was put back a little tells nothing twice.
    if (now > last) {
      if (now > last + 1) onMissed(now - last - 1)
      last = now
      onMinute(now * MINUTE_MS)
    } else if (now < last - AWAITED_MINUTES) {
      onPutBack(last - now)
      last = now
    }
    wait()
  }
  const wait = (): void => {
    const next = (Math.floor(wallClock() / MINUTE_MS) + 1) * MINUTE_MS
    callOff = timers.after(next - wallClock(), look)
  }
  wait()
  return () => callOff()
}
