/** Libraries that ship no types. Each module of ours takes its types from Node's own. */
declare module 'string_decoder/' {
  export { StringDecoder } from 'node:string_decoder'
}
declare module 'path-browserify' {
  const path: typeof import('node:path/posix')
  export default path
}
declare module 'readable-stream/lib/ours/browser.js' {
  const stream: typeof import('node:stream')
  export default stream
}
declare module 'assert/build/assert.js' {
  const assert: typeof import('node:assert')
  export default assert
}
declare module 'events/' {
  const EventEmitter: typeof import('node:events')
  export default EventEmitter
}
declare module 'assert/build/internal/util/comparisons.js' {
  export function isDeepStrictEqual(a: unknown, b: unknown): boolean
}
