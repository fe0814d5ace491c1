import { dateNow } from '../primordials.ts'
import { EventTarget } from './event-target.ts'
import { sinceStart } from './performance-clock.ts'

const timeOrigin = dateNow()

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
