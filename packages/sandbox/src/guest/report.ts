import { inspect } from './console/inspect.ts'
import { log } from './log.ts'

/** An error that no code can catch any more goes to the log. */
export function report(what: string, thrown: unknown): void {
  log('error', `${what}: ${inspect(thrown)}`)
}
