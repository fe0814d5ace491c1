import { net } from '../../src/index.ts'
import { header, pattern, services, wholly } from '../helpers/services.ts'
import { addressOf } from '../helpers/address.ts'

/** A whole life: two peers start, call, stop. Nothing may keep the process after that. */
const [a, b] = [1, 2].map((byte) =>
  net({ listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false })({ seed: new Uint8Array(32).fill(byte) }),
)
if (a === undefined || b === undefined) throw new Error('two peers were made')
await a.start(services())
await b.start(services())
await a.join(addressOf(b))
const answer = await wholly(a.call(b.self, header(), pattern(5)))
await Promise.all([a.stop(), b.stop()])
process.stdout.write(`answered ${answer.body.length} bytes\n`)
