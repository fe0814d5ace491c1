import { EventTarget } from './event-target.ts'
import { sinceStart, timeOrigin } from './performance-clock.ts'

export class Performance extends EventTarget {
  now(): number {
    return sinceStart()
  }

  get timeOrigin(): number {
    return timeOrigin
  }

  toJSON(): object {
    return { timeOrigin }
  }
}

export const performance = new Performance()
