import { now } from '../clock.ts'
import { dateNow } from '../primordials.ts'
import { EventTarget } from './event-target.ts'

const started = now()
const timeOrigin = dateNow()

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
