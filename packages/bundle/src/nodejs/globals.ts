import { Buffer } from './buffer.ts'
import process from './process.ts'

/** What Node has as globals, bound where a package names them. One file: of several, each would come before what all stand on. */
export { Buffer, Buffer as 'globalThis.Buffer', Buffer as 'global.Buffer' }
export { process, process as 'globalThis.process', process as 'global.process' }
/** Node's timers are objects there as well: `setInterval(…).unref()` is common where a module loads. */
export { clearImmediate, clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } from './timers.ts'
