import { inspect } from './console/inspect.ts'
import { log } from './log.ts'

/** Whether somebody in the isolate has taken care of an error. */
let isHandled = (_thrown: unknown): boolean => false

/** Says who is asked before an error goes to the log. */
export function askFirst(handles: (thrown: unknown) => boolean): void {
  isHandled = handles
}

/** An error that no code can catch any more goes to listeners for it, else to the log. */
export function report(what: string, thrown: unknown): void {
  if (!isHandled(thrown)) log('error', `${what}: ${inspect(thrown)}`)
}
