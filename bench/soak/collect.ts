import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Has the process that loads it collect its garbage again and again. V8 lets tens of MB of it pile up for minutes, beside which a leak
 * of half of one in a minute would not be seen; what a process still has just after is what it keeps.
 */
const EVERY_MS = 15_000

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as NodeJS.GCFunction
setFlagsFromString('--no-expose-gc')
setInterval(() => gc({ type: 'major', execution: 'sync', flavor: 'last-resort' }), EVERY_MS).unref()
