import { Buffer } from './buffer.ts'
import process from './process.ts'

/** What Node has as globals, bound where a package names them. One file: of several, each would come before what all stand on. */
export { Buffer, Buffer as 'globalThis.Buffer', Buffer as 'global.Buffer' }
export { process, process as 'globalThis.process', process as 'global.process' }
export { clearImmediate, setImmediate } from './timers.ts'
