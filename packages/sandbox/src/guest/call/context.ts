import { nothing } from '../primordials.ts'
import { report } from '../report.ts'
import { release, type Call } from './calls.ts'

/** What a handler gets as its third argument. */
export interface Context {
  waitUntil(promise: unknown): void
  passThroughOnException(): void
}

/** Its methods need no receiver, so that they can be taken off it. */
export function contextOf(call: Call): Context {
  const waitUntil = (promise: unknown): void => {
    call.open += 1
    void watch(call, promise)
  }
  // There is no origin behind a function to pass a request through to.
  return { waitUntil, passThroughOnException: nothing }
}

async function watch(call: Call, promise: unknown): Promise<void> {
  try {
    await promise
  } catch (thrown) {
    report('a promise given to waitUntil was rejected', thrown)
  }
  release(call)
}
