import { setFlagsFromString } from 'node:v8'
import { NEW_SPACE_MB, STACK_KB } from '../guest/wall/limits.ts'

/** What isolates take over from the process that makes them. Imported before the first is made. */

// The calls of an isolate go deeper on the stack that the process itself is on. Where both could use all of it, a handler
// that recursed to its end would break off whatever the process does when called from there.
setFlagsFromString(`--stack-size=${STACK_KB}`)

// Of the command line isolated-vm takes the second back when it is loaded, and the first has no say without it.
setFlagsFromString(`--min-semi-space-size=${NEW_SPACE_MB}`)
setFlagsFromString(`--max-semi-space-size=${NEW_SPACE_MB}`)

// Where the machine stands is nothing to functions, which are to answer the same everywhere.
process.env['TZ'] = 'UTC'
