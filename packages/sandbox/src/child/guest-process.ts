import { setFlagsFromString } from 'node:v8'
import 'isolated-vm'
import { STACK_KB, YOUNG_LEAST_MB, YOUNG_MOST_MB, YOUNG_PART } from '../guest/wall/limits.ts'

/** What isolates take over from the process that makes them. Imported before the first is made. */

// The calls of an isolate go deeper on the stack that the process itself is on. Where both could use all of it, a handler
// that recursed to its end would break off whatever the process does when called from there.
setFlagsFromString(`--stack-size=${STACK_KB}`)

/** Before an isolate of that limit is made: isolated-vm takes back such flags as it is loaded, and gives one of 128 MB 1 MB, at first half of that. */
export function makeRoom(memoryMb: number): void {
  setFlagsFromString(`--min-semi-space-size=${YOUNG_LEAST_MB}`)
  setFlagsFromString(
    `--max-semi-space-size=${Math.max(YOUNG_LEAST_MB, Math.min(YOUNG_MOST_MB, memoryMb * YOUNG_PART))}`,
  )
}

// Where the machine stands is nothing to functions, which are to answer the same everywhere.
process.env['TZ'] = 'UTC'
