import { Socket } from 'node:net'

/** What stands behind a relay where the product has a sandbox process: it says again what it is told, over its fourth descriptor. */

const pipe = new Socket({ fd: 3 })
pipe.on('data', (bytes) => pipe.write(bytes))
