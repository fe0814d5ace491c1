import { FleetingMap } from '@hither/core'
import { sharedNow } from '../ipc/clock.ts'
import { DEADLINES_MS } from './limits.ts'
import type { Timers } from './timers.ts'

/**
 * Tells whose time is over: one timer for all of them. It is not called off when the last of them goes, for the next comes soon; so it
 * runs for a while at most before it is set anew.
 */
export class Deadlines<T> {
  private readonly timers: Timers
  private readonly onDue: (one: T) => void
  /** Until when each has time, on the machine's clock. */
  private readonly open = new FleetingMap<T, number>()
  private dueMs = Infinity
  private callOff: (() => void) | undefined

  /** `onDue`: it is told once, and forgotten. */
  constructor(timers: Timers, onDue: (one: T) => void) {
    this.timers = timers
    this.onDue = onDue
  }

  keys(): Iterable<T> {
    return this.open.keys()
  }

  add(one: T, deadlineMs: number): void {
    this.open.set(one, deadlineMs)
    if (deadlineMs < this.dueMs) this.set(deadlineMs)
  }

  delete(one: T): void {
    this.open.delete(one)
  }

  private set(deadlineMs: number): void {
    const now = sharedNow()
    this.callOff?.()
    this.dueMs = Math.min(deadlineMs, now + DEADLINES_MS)
    this.callOff = this.timers.after(Math.max(0, Math.ceil(this.dueMs - now)), () => this.look())
  }

  /** A timer alone may come early, by as much as the event loop was late when it was set. */
  private look(): void {
    this.dueMs = Infinity
    this.callOff = undefined
    const now = sharedNow()
    let next = Infinity
    for (const [one, deadlineMs] of this.open) {
      if (deadlineMs > now) {
        next = Math.min(next, deadlineMs)
        continue
      }
      // What another one set off may have ended it.
      if (this.open.delete(one)) this.onDue(one)
    }
    if (next < this.dueMs) this.set(next)
  }
}
