import { net } from '../../src/index.ts'
import { addressOf } from '../helpers/address.ts'
import { source } from '../helpers/bodies.ts'
import { services, streamOf } from '../helpers/services.ts'

/** A runner whose answers never end. Says where it is, and lives until it is killed. */
const links = net({ listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false })({ seed: new Uint8Array(32).fill(9) })
await links.start(services({ call: (_from, call) => streamOf(call, source(call.method === 'HEAD' ? 0 : Infinity)) }))
process.stdout.write(`${addressOf(links)}\n`)
