import { now } from '../clock.ts'
import { dateNow } from '../primordials.ts'

let started = now()
/** When that was, in ms since 1970. */
export let timeOrigin: number = dateNow()

/** The isolate begins now: what was read before may be of the time when a snapshot of it was taken. */
export function startPerformance(): void {
  started = now()
  timeOrigin = dateNow()
}

/** Time since the isolate began, in whole ms: a finer clock would help those who listen at the neighbour's wall. */
export function sinceStart(): number {
  return now() - started
}
