import { now } from '../clock.ts'

const started = now()

/** Time since the isolate began, in whole ms: a finer clock would help those who listen at the neighbour's wall. */
export function sinceStart(): number {
  return now() - started
}
