import type * as Http from 'node:http'

/**
 * Node's own, without an `import`: that reads all that the module exports, and some of that, of no use here, has Node load its client
 * of HTTP and its server of HTTP/2, which take 3 MB.
 */
export const http: typeof Http = process.getBuiltinModule('node:http')
