import type { Timers } from './timers.ts'

const MINUTE_MS = 60_000

export interface MinutesInit {
  /** Ms since 1970. */
  wallClock: () => number
  timers: Timers
  /** A minute has begun, told once, in ms since 1970. Never the one in which this began: whoever was here before may have had it. */
  onMinute: (startMs: number) => void
  /** So many minutes went by unseen: the machine slept, or its clock was put forward. */
  onMissed: (count: number) => void
}

/** Tells each minute of the clock once. Gives how to end it. */
export function minutes({ wallClock, timers, onMinute, onMissed }: MinutesInit): () => void {
  let last = Math.floor(wallClock() / MINUTE_MS)
  let callOff = (): void => {}
  const look = (): void => {
    const now = Math.floor(wallClock() / MINUTE_MS)
    // A clock that was put back tells nothing twice.
    if (now > last) {
      if (now > last + 1) onMissed(now - last - 1)
      last = now
      onMinute(now * MINUTE_MS)
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
