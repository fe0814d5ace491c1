import { now } from '../clock.ts'
import { dateNow } from '../primordials.ts'
import { EventTarget } from './event-target.ts'

let started = now()
let timeOrigin = dateNow()

/** The isolate begins now: what was read before may be of the time when a snapshot of it was taken. */
export function startPerformance(): void {
  started = now()
  timeOrigin = dateNow()
}

/** Time since the isolate began, in whole ms: a finer clock would help those who listen at the neighbour's wall. */
export class Performance extends EventTarget {
  now(): number {
    return now() - started
  }

  get timeOrigin(): number {
    return timeOrigin
  }

  toJSON(): object {
    return { timeOrigin }
  }

  override get [Symbol.toStringTag](): string {
    return 'Performance'
  }
}

export const performance = new Performance()
